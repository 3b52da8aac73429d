//! Numbers against the C library that Lua prints with; foreign bytes against the decoders.

use std::cell::RefCell;

use proptest::prelude::*;
use proptest::test_runner::RngSeed;

use super::*;
use crate::script::number::{write_general, write_shortest};

/// The same cases in every run.
fn config() -> ProptestConfig {
    ProptestConfig { rng_seed: RngSeed::Fixed(1), failure_persistence: None, ..ProptestConfig::default() }
}

fn text(write: impl FnOnce(&mut Vec<u8>)) -> String {
    let mut out = Vec::new();
    write(&mut out);
    String::from_utf8(out).expect("digits are text")
}

fn doubles() -> impl Strategy<Value = f64> {
    prop_oneof![
        any::<f64>().prop_filter("finite", |x| x.is_finite()),
        any::<i64>().prop_map(|n| n as f64),
        (any::<i32>(), -12..12).prop_map(|(n, e)| f64::from(n) * 10_f64.powi(e)),
    ]
}

#[test]
fn general_is_what_c_prints() {
    let scripts = RefCell::new(Scripts::new(LIMITS));
    proptest!(config(), |(x in doubles(), precision in 1_usize..=17)| {
        let source = b"return string.format('%.' .. ARGV[2] .. 'g', tonumber(ARGV[1]))";
        let args = [format!("{x:e}"), precision.to_string()];
        let args = [args[0].as_bytes(), args[1].as_bytes()];
        let printed = reply_of(&mut scripts.borrow_mut(), source, Protocol::Resp2, &args);
        let ours = text(|out| write_general(out, x, precision));
        prop_assert_eq!(printed, format!(r"${}\r\n{ours}\r\n", ours.len()));
    });
}

proptest! {
    #![proptest_config(config())]
    #[test]
    fn shortest_reads_back(x in doubles()) {
        let written = text(|out| write_shortest(out, x));
        prop_assert_eq!(written.parse::<f64>().expect("a number").to_bits(), x.to_bits());
    }
}

/// Decoders take anything, and what they take survives a round trip.
#[test]
fn foreign_bytes_do_no_harm() {
    let scripts = RefCell::new(Scripts::new(LIMITS));
    let source = "
      local function same(a, b)
        if type(a) ~= 'table' then return a == b or a ~= a end
        for k, v in pairs(a) do if type(k) ~= 'table' and not same(v, b[k]) then return false end end
        return true
      end
      for _, decode in ipairs{cmsgpack.unpack, cjson.decode, function(s) return struct.unpack('>bHi3sdc0', s) end} do
        local ok, value = pcall(decode, ARGV[1])
        if ok and value ~= nil and not same(value, (cmsgpack.unpack(cmsgpack.pack(value)))) then return 'differs' end
      end
      pcall(struct.unpack, ARGV[1], ARGV[1])
      pcall(struct.pack, ARGV[1], 1, 2, 3)
      pcall(struct.size, ARGV[1])
      pcall(loadstring, ARGV[1])
      return redis.pcall('raw', ARGV[1]) and 1";
    proptest!(config(), |(bytes in prop_oneof![
        proptest::collection::vec(any::<u8>(), 0..64),
        "[\\[\\]{}:,\"0-9a-fnulte.\\\\+ -]{0,40}".prop_map(String::into_bytes),
        "[<>!bBhHlLTfdscixI0-9 ]{0,20}".prop_map(String::into_bytes),
        "([*~%|$:+,(#_=-][0-9t]{0,2}\r\n){0,8}".prop_map(String::into_bytes),
    ])| {
        let reply = reply_of(&mut scripts.borrow_mut(), source.as_bytes(), Protocol::Resp2, &[&bytes]);
        prop_assert!(!reply.contains("differs") && !reply.contains("internal error"), "{reply}");
    });
}
