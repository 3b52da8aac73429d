//! Time, memory and depth (SCRIPT-2, SCRIPT-3).

use std::cell::Cell;

use super::*;

/// Lets a script go on for some ticks.
struct Ticks(Cell<u32>);

impl Watch for Ticks {
    fn tick(&self) -> Verdict {
        let left = self.0.get();
        self.0.set(left.saturating_sub(1));
        if left == 0 { Verdict::Kill } else { Verdict::Continue }
    }
}

const KILLED: &str = "-ERR Script killed by user with SCRIPT KILL... script: ";

#[test]
fn killed_whatever_it_does() {
    let mut scripts = Scripts::new(LIMITS);
    for source in [
        "while true do end",
        "while true do pcall(function() while true do end end) end",
        "repeat until pcall(function() while true do end end) while true do end",
        "while true do xpcall(function() while true do end end, function() while true do end end) end",
        "local c = coroutine.wrap(function() while true do end end) while true do pcall(c) end",
        "while true do pcall(coroutine.wrap(function() while true do pcall(error) end end)) end",
        "while true do redis.pcall('ping') end",
        "local t = setmetatable({}, {__index = function(t, k) while true do end end}) while true do pcall(function() return t.x end) end",
        "while true do pcall(string.gsub, ('x'):rep(100), '.', function() while true do end end) end",
        "while true do pcall(table.sort, {3, 1, 2}, function() while true do end end) end",
        "while true do local f = loadstring('while true do end') pcall(f) end",
        "while true do load(function() while true do end end) end",
    ] {
        let sha = scripts.load(source.as_bytes(), Origin::Eval).expect("it compiles");
        let call = Call { sha: &sha, keys: &[], args: &[], seed: 0, protocol: Protocol::Resp2 };
        let mut reply = Vec::new();
        let ended = scripts.run(call, &mut Keyspace::default(), &Ticks(Cell::new(3)), &mut reply);
        let reply = String::from_utf8_lossy(&reply);
        assert_eq!(ended, Ended::Killed, "{source}");
        assert!(reply.starts_with(KILLED) || reply.starts_with("-ERR"), "{source}: {reply}");
        assert_eq!(reply_of(&mut scripts, b"return 'next'", Protocol::Resp2, &[]), r"$4\r\nnext\r\n");
    }
}

#[test]
fn killed_in_the_words_of_redis() {
    let mut scripts = Scripts::new(LIMITS);
    let sha =
        scripts.load(b"while true do pcall(function() while true do end end) end", Origin::Eval).expect("it compiles");
    let call = Call { sha: &sha, keys: &[], args: &[], seed: 0, protocol: Protocol::Resp2 };
    let mut reply = Vec::new();
    scripts.run(call, &mut Keyspace::default(), &Ticks(Cell::new(0)), &mut reply);
    assert_eq!(String::from_utf8_lossy(&reply), format!("{KILLED}{sha}, on @user_script:1.\r\n"));
}

/// A script is asked about by its commands too, not only by its few instructions.
#[test]
fn killed_between_commands() {
    let mut scripts = Scripts::new(LIMITS);
    let sha = scripts.load(b"while true do redis.pcall('ping') end", Origin::Eval).expect("it compiles");
    let call = Call { sha: &sha, keys: &[], args: &[], seed: 0, protocol: Protocol::Resp2 };
    let mut keyspace = Keyspace::default();
    assert_eq!(scripts.run(call, &mut keyspace, &Ticks(Cell::new(3)), &mut Vec::new()), Ended::Killed);
    assert!(keyspace.calls <= 4 * 64, "{} commands", keyspace.calls);
}

#[test]
fn a_watch_that_panics_kills() {
    struct Broken;
    impl Watch for Broken {
        fn tick(&self) -> Verdict {
            panic!("a watch that is broken on purpose")
        }
    }
    let mut scripts = Scripts::new(LIMITS);
    let sha = scripts.load(b"while true do end", Origin::Eval).expect("it compiles");
    let call = Call { sha: &sha, keys: &[], args: &[], seed: 0, protocol: Protocol::Resp2 };
    assert_eq!(scripts.run(call, &mut Keyspace::default(), &Broken, &mut Vec::new()), Ended::Killed);
}

#[test]
fn a_host_that_panics_is_an_error() {
    struct Broken;
    impl Host for Broken {
        fn call(&mut self, _: &[&[u8]], _: bool, _: &mut Vec<u8>) {
            panic!("a host that is broken on purpose")
        }
        fn log(&mut self, _: LogLevel, _: &[u8]) {}
        fn acl_check(&mut self, _: &[&[u8]]) -> Option<bool> {
            None
        }
    }
    let mut scripts = Scripts::new(LIMITS);
    let sha = scripts.load(b"return redis.call('ping')", Origin::Eval).expect("it compiles");
    let call = Call { sha: &sha, keys: &[], args: &[], seed: 0, protocol: Protocol::Resp2 };
    let mut reply = Vec::new();
    assert_eq!(scripts.run(call, &mut Broken, &Free, &mut reply), Ended::Failed);
    assert!(String::from_utf8_lossy(&reply).contains("internal error"));
    assert_eq!(reply_of(&mut scripts, b"return redis.call('ping')", Protocol::Resp2, &[]), r"+PONG\r\n");
}

/// A script over its memory fails, and the next one finds the memory free.
#[test]
fn memory_is_limited() {
    let mut scripts = Scripts::new(Limits { memory_bytes_max: 8 << 20, ..LIMITS });
    for source in [
        "local t = {} for i = 1, 1e9 do t[i] = {} end",
        "local s = 'x' while true do s = s .. s end",
        "return ('x'):rep(1e8)",
        "return cjson.decode('[' .. ('[],'):rep(1e6) .. '1]')",
        "return cmsgpack.unpack('\\221\\0\\15\\0\\0' .. ('\\144'):rep(1e6))",
        "local t = {} for i = 1, 1e6 do t[i] = function() return t end end",
        "return redis.call('raw', '*200000\\r\\n' .. ('*0\\r\\n'):rep(200000))",
    ] {
        let reply = reply_of(&mut scripts, source.as_bytes(), Protocol::Resp2, &[]);
        assert!(reply.contains("not enough memory"), "{source}: {reply}");
        assert!(scripts.heap_bytes() < 8 << 20, "{source}: {} bytes", scripts.heap_bytes());
        assert_eq!(reply_of(&mut scripts, b"return 'next'", Protocol::Resp2, &[]), r"$4\r\nnext\r\n");
    }
}

/// What runs leave is collected as they come.
#[test]
fn garbage_is_bounded() {
    let mut scripts = Scripts::new(LIMITS);
    let sha = scripts
        .load(b"local t = {} for i = 1, 20 do t[i] = ARGV[1] .. i end return t", Origin::Load)
        .expect("it compiles");
    let mut most = 0;
    for round in 0..5_000 {
        let text = format!("{round:0200}");
        let call = Call { sha: &sha, keys: &[], args: &[text.as_bytes()], seed: 0, protocol: Protocol::Resp2 };
        scripts.run(call, &mut Keyspace::default(), &Free, &mut Vec::new());
        most = most.max(scripts.heap_bytes());
    }
    assert!(most < 2 << 20, "{most} bytes");
}

#[test]
fn depth_is_bounded() {
    let deep = "local t = {} for i = 1, 3000 do t = {t} end ";
    let reply = eval(&format!("{deep} return t"));
    assert!(reply.ends_with(r"*1\r\n-ERR reached lua stack limit\r\n"), "{}", &reply[reply.len() - 100..]);
    assert!(eval(&format!("{deep} cjson.encode_max_depth(100000) return cjson.encode(t)")).contains("nesting (1001)"));
    assert!(
        eval("cjson.decode_max_depth(100000) return cjson.decode(('['):rep(50000))")
            .contains("nested data structures (1001)")
    );
    assert!(
        eval("return redis.call('raw', ('*1\\r\\n'):rep(5000) .. ':1\\r\\n')").contains("reply is nested too deep")
    );
    assert!(eval("return ('x'):rep(99999):find(('x?'):rep(99999))").contains("pattern too complex"));
    assert!(eval("return unpack({}, 1, 1e7)").contains("too many results to unpack"));
    assert!(eval(&format!("return {}1{}", "(".repeat(5000), ")".repeat(5000))).contains("Error compiling script"));
    assert!(eval("local function f() return pcall(f) end return {f()}").starts_with("*2"));
}

/// Tables that share their parts are small in memory and endless when written out.
#[test]
fn shared_parts_end() {
    let shared = "local t = {('x'):rep(2^16)} for i = 1, 900 do t = {t, t} end ";
    assert_eq!(eval(&format!("{shared} return t")), r"-ERR result of the script is too large\r\n");
    assert!(eval(&format!("{shared} return cjson.encode(t)")).contains("result is too large"));
}

#[test]
fn a_command_takes_as_many_arguments_as_lua_passes() {
    let with = |count: usize| {
        eval(&format!("local t = {{}} for i = 1, {count} do t[i] = i end return redis.call('nosuch', 'x', unpack(t))"))
    };
    for (count, problem) in
        [(7_999, "Unknown Redis command called from script"), (8_000, "user_script:1: too many results to unpack")]
    {
        let reply = with(count);
        assert!(reply.contains(problem), "{count}: {reply}");
    }
}
