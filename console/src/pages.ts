// The pages that few need, in one file that comes with the first use of any of them.
export { openAccount } from "./account";
export { openAudit } from "./audit";
export { openDesk } from "./desk";
export { hospitalChoice, openHospitals } from "./hospitals";
export { openPast } from "./past";
export { openPeople } from "./people";
export { openTimes } from "./times";
export { openWarnings } from "./warnings";
