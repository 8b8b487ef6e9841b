/* The page of a caller's link: position, words and files, sent so that a poor network is enough. */
'use strict';
(function () {
  var main = document.querySelector('main');
  var say = main.dataset;
  if (say.state !== 'sharing') return;
  var path = location.pathname.replace(/\/$/, '');
  var list = document.getElementById('shared');
  var where = document.getElementById('where');
  var over = false;

  function ask(method, url, body, type, limit) {
    var stop = new AbortController();
    var timer = setTimeout(function () { stop.abort(); }, limit || 45000);
    var head = type ? { 'Content-Type': type } : {};
    return fetch(url, { method: method, body: body, headers: head, cache: 'no-store', signal: stop.signal })
      .then(function (answer) {
        /* a good answer that was cut off is none: the same is asked again */
        return answer.json().catch(function () { return null; }).then(function (json) {
          return { status: json || !answer.ok ? answer.status : 0, json: json || {} };
        });
      })
      .then(function (x) { clearTimeout(timer); return x; }, function () { clearTimeout(timer); return { status: 0, json: {} }; });
  }
  function passing(status) { return status === 0 || status === 408 || status === 429 || status >= 500; }
  function rest(ms) { return new Promise(function (done) { setTimeout(done, ms); }); }
  /* Tries until there is an answer that is one; longer and longer pauses, at most half a minute. */
  function insist(line, attempt) {
    var pause = 1000;
    function again() {
      return attempt().then(function (x) {
        if (over || !passing(x.status)) return x;
        if (line) line.mark(say.waiting);
        pause = Math.min(pause * 2, 30000);
        return rest(pause).then(again);
      });
    }
    return again();
  }
  function ended() {
    if (over) return;
    over = true;
    location.replace(path);
  }
  function look(x) {
    if (x.status === 404 || x.status === 403) ended();
  }
  function line(words) {
    var item = document.createElement('li');
    var text = document.createElement('div');
    var state = document.createElement('div');
    text.textContent = words;
    item.appendChild(text);
    item.appendChild(state);
    list.insertBefore(item, list.firstChild);
    var bar = null;
    return {
      mark: function (now) { state.textContent = now; },
      part: function (share) {
        if (!bar) {
          bar = document.createElement('progress');
          bar.setAttribute('aria-label', words);
          bar.max = 1;
          item.appendChild(bar);
        }
        bar.value = share;
        if (share >= 1) { item.removeChild(bar); bar = null; }
      }
    };
  }

  /* ---- position: the newest one only; an old one is not sent late ---- */
  var newest = null, busy = false, sentAt = 0, sentPos = null, watch = null;
  function metres(a, b) {
    var k = Math.cos(a.latitude * Math.PI / 180);
    var dy = (a.latitude - b.latitude) * 111320, dx = (a.longitude - b.longitude) * 111320 * k;
    return Math.sqrt(dx * dx + dy * dy);
  }
  function worth(p) {
    if (!sentPos) return true;
    var age = Date.now() - sentAt;
    return age > 60000 || (age > 5000 && (metres(p, sentPos) > 15 || p.accuracy < sentPos.accuracy * 0.7));
  }
  function flush() {
    if (over || busy || !newest || !worth(newest.coords)) return;
    var p = newest;
    busy = true;
    ask('POST', path + '/position', JSON.stringify({
      lat: p.coords.latitude, lon: p.coords.longitude,
      accuracy: Math.ceil(p.coords.accuracy || 0), time: new Date(p.timestamp).toISOString()
    }), 'application/json').then(function (x) {
      busy = false;
      look(x);
      if (x.status === 200) {
        sentAt = Date.now();
        sentPos = p.coords;
        where.textContent = say.position + ' · ' + new Date().toLocaleTimeString() + ' · ±' + Math.ceil(p.coords.accuracy) + ' m';
      }
    });
  }
  if (navigator.geolocation && window.isSecureContext) {
    where.textContent = say.looking;
    watch = navigator.geolocation.watchPosition(function (p) { newest = p; flush(); },
      function () { if (!newest) where.textContent = say.noposition; },
      { enableHighAccuracy: true, maximumAge: 10000, timeout: 60000 });
    setInterval(flush, 5000);
  } else {
    where.textContent = say.noposition;
  }

  /* ---- words ---- */
  var form = document.getElementById('write');
  function name() {
    var bits = crypto.getRandomValues(new Uint8Array(12));
    return Array.prototype.map.call(bits, function (b) { return (b + 256).toString(16).slice(1); }).join('');
  }
  if (form) form.addEventListener('submit', function (event) {
    event.preventDefault();
    var field = form.elements.text, words = field.value.trim();
    if (!words) return;
    field.value = '';
    field.focus();
    var item = line(words), key = name();
    item.mark(say.sending);
    insist(item, function () {
      return ask('POST', path + '/text', JSON.stringify({ text: words, key: key }), 'application/json');
    }).then(function (x) { item.mark(x.status === 200 ? say.sent : say.refused); look(x); });
  });

  /* ---- files: small pieces, from where the server has them; kept until it has all ---- */
  var LEAST = 8192, MOST = 131072, size = 16384, queue = Promise.resolve();
  function store(mode, work) {
    return new Promise(function (done) {
      var open;
      try { open = indexedDB.open('amparo-link', 1); } catch (e) { done(null); return; }
      open.onupgradeneeded = function () { open.result.createObjectStore('file'); };
      open.onerror = function () { done(null); };
      open.onsuccess = function () {
        try {
          var asked = work(open.result.transaction('file', mode).objectStore('file'));
          asked.onsuccess = function () { done(asked.result); };
          asked.onerror = function () { done(null); };
        } catch (e) { done(null); }
      };
    });
  }
  function piece(item, file, id, offset) {
    var part = file.slice(offset, offset + size), began = Date.now();
    var url = path + '/media/' + id + '?offset=' + offset + '&total=' + file.size;
    return ask('POST', url, part, 'application/octet-stream').then(function (x) {
      var took = Date.now() - began;
      if (x.status === 0) size = Math.max(LEAST, size / 2);
      else if (took < 1500) size = Math.min(MOST, size * 2);
      else if (took > 8000) size = Math.max(LEAST, size / 2);
      return x;
    });
  }
  function send(item, file, id) {
    var url = path + '/media/' + id;
    function from(offset) {
      item.mark(say.sending);
      item.part(Math.min(offset / file.size, 0.99));
      return insist(item, function () {
        return piece(item, file, id, offset).then(function (x) {
          if (!passing(x.status)) return x;
          return ask('GET', url).then(function (y) {
            if (y.status === 200) offset = y.json.offset;
            return x;
          });
        });
      }).then(function (x) {
        if (x.status === 409 && typeof x.json.offset === 'number') return from(x.json.offset);
        if (x.status !== 200) { item.part(1); item.mark(say.refused); look(x); return null; }
        if (x.json.done) { item.part(1); item.mark(say.sent); return null; }
        return from(x.json.offset);
      });
    }
    return insist(item, function () { return ask('GET', url); }).then(function (x) {
      if (x.status !== 200) { item.mark(say.refused); look(x); return null; }
      return from(x.json.offset);
    }).then(function () { return store('readwrite', function (s) { return s.delete(path + id); }); });
  }
  function take(file, id, label) {
    var item = line(label);
    if (!file.size || file.size > Number(say.most)) { item.mark(say.refused); return; }
    item.mark(say.waiting);
    queue = queue.then(function () { return over ? null : send(item, file, id); });
  }
  function label(file) { return (file.name || file.type) + ' · ' + Math.ceil(file.size / 1024) + ' kB'; }
  Array.prototype.forEach.call(document.querySelectorAll('input[type=file]'), function (input) {
    input.addEventListener('change', function () {
      Array.prototype.forEach.call(input.files, function (file) {
        var id = name();
        store('readwrite', function (s) { return s.put({ file: file, label: label(file) }, path + id); });
        take(file, id, label(file));
      });
      input.value = '';
    });
  });
  /* What a reload or a crash of the browser interrupted goes on. */
  store('readonly', function (s) { return s.getAllKeys(); }).then(function (keys) {
    (keys || []).forEach(function (key) {
      if (String(key).indexOf(path) !== 0) return;
      store('readonly', function (s) { return s.get(key); }).then(function (kept) {
        if (kept) take(kept.file, String(key).slice(path.length), kept.label);
      });
    });
  });

  document.getElementById('stop').addEventListener('submit', function (event) {
    event.preventDefault();
    if (watch !== null) navigator.geolocation.clearWatch(watch);
    newest = null;
    insist(null, function () { return ask('POST', path + '/stop', '{}', 'application/json'); }).then(ended);
  });
}());
