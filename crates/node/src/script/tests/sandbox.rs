//! Ways out, and ways to leave something behind (SCRIPT-1).

use super::*;

/// Each of these must fail, or change nothing.
const ATTEMPTS: &[&str] = &[
    "x = 1",
    "_G.x = 1",
    "_G._G = 1",
    "rawset(_G, 'x', 1)",
    "redis.call = nil",
    "rawset(redis, 'call', nil)",
    "string.upper = nil",
    "rawset(string, 'upper', nil)",
    "table.insert(string, 1)",
    "table.insert(_G, 1)",
    "table.remove(redis)",
    "table.sort(math)",
    "table.setn(math, 1)",
    "setmetatable(_G, nil)",
    "setmetatable(string, {})",
    "setmetatable(redis, {__index = {foo = 1}})",
    "getmetatable(_G).__index = nil",
    "rawset(getmetatable(_G), '__index', nil)",
    "getmetatable('').__index = nil",
    "rawset(getmetatable(''), '__index', nil)",
    "getmetatable('').__add = function() return 1 end",
    "getmetatable(redis).__index = 1",
    "for _, t in pairs(_G) do if type(t) == 'table' then rawset(t, 'left', 1) end end",
    "local f, t = pairs(math) t.pi = 3",
    "local f, t = pairs(math) rawset(t, 'pi', 3)",
    "table.foreach(_G, function(k, v) if k == 'math' then rawset(v, 'pi', 3) end end)",
    "setmetatable({}, {__newindex = _G}).x = 1",
    "local k = next(math) math[k] = 1",
    "cjson.encode_number_precision(2)",
    "cjson.encode_invalid_numbers(true)",
    "cjson.decode_max_depth(1)",
    "math.randomseed(5) math.random()",
    "redis.setresp(3)",
    "collectgarbage('stop')",
    "loadstring('x = 1')()",
    "load(function() return nil end)()",
    "coroutine.wrap(function() x = 1 end)()",
    "KEYS[1] = 'changed' ARGV[7] = 'x'",
    "__redis__err__handler(_G)",
    "error(_G)",
    "error(redis)",
];

/// Sees everything that the attempts are after.
const PROBE: &str = "
  local seen = {}
  for name, library in pairs(_G) do
    seen[#seen + 1] = name
    if type(library) == 'table' then
      local keys = {}
      for k, v in pairs(library) do keys[#keys + 1] = tostring(k) .. type(v) end
      table.sort(keys)
      seen[#seen] = name .. '(' .. table.concat(keys, ' ') .. ')' .. #library
    end
  end
  table.sort(seen)
  return {seen, math.random(1e6), tostring(math.pi), cjson.encode({1.234567, x = 1}), ('x'):upper(), KEYS[1], #ARGV,
    type(cjson.decode('[[1]]')), redis.call('raw', '$-1\\r\\n'), tostring(rawget(string, 'left')), redis.sha1hex('')}";

#[test]
fn nothing_is_left_behind() {
    let mut scripts = Scripts::new(LIMITS);
    let clean = reply_of(&mut scripts, PROBE.as_bytes(), Protocol::Resp2, &[]);
    assert!(clean.starts_with(r"*11\r\n"), "{clean}");
    for attempt in ATTEMPTS {
        reply_of(&mut scripts, attempt.as_bytes(), Protocol::Resp2, &[]);
        let after = reply_of(&mut scripts, PROBE.as_bytes(), Protocol::Resp2, &[]);
        assert_eq!(after, clean, "after {attempt}");
    }
}

#[test]
fn nothing_reaches_outside() {
    for name in [
        "io",
        "require",
        "package",
        "dofile",
        "loadfile",
        "print",
        "debug",
        "module",
        "newproxy",
        "getfenv",
        "setfenv",
        "os.execute",
        "os.exit",
        "os.getenv",
        "os.remove",
        "os.rename",
        "os.tmpname",
        "os.time",
        "os.date",
        "os.setlocale",
    ] {
        let reply = eval(&format!("return {name}"));
        assert!(reply.contains("nonexistent global variable") || reply == r"$-1\r\n", "{name}: {reply}");
    }
    assert_eq!(eval("return type(os.clock())"), r"$6\r\nnumber\r\n");
}

/// Compiled code could forge pointers: it is refused, whole and in pieces.
#[test]
fn compiled_code_is_refused() {
    let dump = "local code = string.dump(function() return 7 end) ";
    for load in [
        "local f, e = loadstring(code) return f or e",
        "local f, e = loadstring(code, 'name') return f or e",
        "local sent local f, e = load(function() if not sent then sent = true return code end end) return f or e",
        "local i = 0 local f, e = load(function() i = i + 1 local c = code:sub(i, i) return c ~= '' and c or nil end) return f or e",
    ] {
        let reply = eval(&format!("{dump}{load}"));
        assert!(reply.contains("unexpected symbol near"), "{load}: {reply}");
    }
    let mut scripts = Scripts::new(LIMITS);
    let reply = reply_of(&mut scripts, b"\x1bLuaQ\0\x01\x04\x08\x04\x08\0", Protocol::Resp2, &[]);
    assert!(reply.starts_with("-ERR Error compiling script"), "{reply}");
}

#[test]
fn equal_inputs_draw_equal_numbers() {
    let mut scripts = Scripts::new(LIMITS);
    let draw = b"return {math.random(1e9), math.random(1e9), tostring(math.random())}";
    let first = reply_of(&mut scripts, draw, Protocol::Resp2, &[]);
    assert_eq!(reply_of(&mut scripts, draw, Protocol::Resp2, &[]), first);
}
