import { launch, openConsole } from "./e2e/browser.mjs"; import { startDemo } from "./e2e/server.mjs";
const s=await startDemo(); const b=await launch({webgl:false}); 
const sizes=[[1440,900,""],[1280,720,"?theme=dark"],[360,740,""],[1280,720,"?lang=ar"],[700,800,""]];
const sl=(p,m)=>p.waitForTimeout(m);
for (const [w,h,q] of sizes){ const {page,close}=await openConsole(b,s,{width:w,height:h,query:q}); const n=`/tmp/shot-${w}${q.replace(/\W/g,"")}`;
 await sl(page,1500); await page.screenshot({path:n+"-board.png"});
 await page.keyboard.press("n"); await sl(page,600); await page.keyboard.type("Mulher caiu"); await sl(page,300); await page.screenshot({path:n+"-call.png"}); await page.keyboard.press("Escape"); await page.keyboard.press("Escape");
 await page.keyboard.press("q"); await page.keyboard.press("ArrowDown"); await page.keyboard.press("Enter"); await sl(page,1200); await page.screenshot({path:n+"-incident.png"});
 await page.keyboard.press("Escape"); await page.keyboard.press("u"); await sl(page,500); await page.screenshot({path:n+"-crews.png"});
 await page.keyboard.press("?"); await sl(page,500); await page.screenshot({path:n+"-help.png"}); await close(); }
await b.close(); await s.close();
