use super::{count, position};
use crate::command::testing::{Db, check};
use mainstay_foundation::Rng;

#[test]
fn bits_replies_are_those_of_redis() {
    check(
        r##"
        SETBIT b 7 1 => :0
        SETBIT b 7 1 => :1
        GETBIT b 7 => :1
        GETBIT b 0 => :0
        GETBIT b 100 => :0
        GET b => $1 \x01
        SETBIT b 7 0 => :1
        GET b => $1 \x00
        SETBIT b 16 0 => :0
        STRLEN b => :3
        SETBIT b -1 1 => -ERR bit offset is not an integer or out of range
        SETBIT b x 1 => -ERR bit offset is not an integer or out of range
        SETBIT b 0 2 => -ERR bit is not an integer or out of range
        SETBIT b 0 x => -ERR bit is not an integer or out of range
        SETBIT b 0 -1 => -ERR bit is not an integer or out of range
        SETBIT b 4294967296 1 => -ERR bit offset is not an integer or out of range
        SETBIT b 18446744073709551616 1 => -ERR bit offset is not an integer or out of range
        SETBIT b 01 1 => -ERR bit offset is not an integer or out of range
        GETBIT b 4294967296 => -ERR bit offset is not an integer or out of range
        GETBIT b -1 => -ERR bit offset is not an integer or out of range
        GETBIT b x => -ERR bit offset is not an integer or out of range
        @list l a
        SETBIT l 0 1 => -WRONGTYPE Operation against a key holding the wrong kind of value
        GETBIT l 0 => -WRONGTYPE Operation against a key holding the wrong kind of value
        BITCOUNT l => -WRONGTYPE Operation against a key holding the wrong kind of value
        BITPOS l 1 => -WRONGTYPE Operation against a key holding the wrong kind of value
        BITOP AND d l => -WRONGTYPE Operation against a key holding the wrong kind of value
        SET s foobar => +OK
        BITCOUNT s => :26
        BITCOUNT s 0 0 => :4
        BITCOUNT s 1 1 => :6
        BITCOUNT s 1 1 BYTE => :6
        BITCOUNT s 5 30 BIT => :17
        BITCOUNT s -2 -1 => :7
        BITCOUNT s -1 -2 => :0
        BITCOUNT s -100 -50 => :4
        BITCOUNT s -100 0 => :4
        BITCOUNT s 0 => -ERR syntax error
        BITCOUNT s 0 1 2 3 => -ERR syntax error
        BITCOUNT s x 1 => -ERR value is not an integer or out of range
        BITCOUNT s 0 x => -ERR value is not an integer or out of range
        BITCOUNT s 0 1 HEX => -ERR syntax error
        BITCOUNT none x y => :0
        BITCOUNT none 0 => :0
        BITCOUNT none 0 1 HEX => :0
        BITCOUNT s 7 0 BIT => :0
        BITCOUNT s 7 7 bit => :0
        BITCOUNT s -9 -3 bit => :4
        BITCOUNT s 100 200 => :0
        SET i 12 => +OK
        BITCOUNT i => :6
        # BITPOS
        SET p "\xff\xf0\x00" => +OK
        BITPOS p 0 => :12
        BITPOS p 0 0 => :12
        BITPOS p 0 2 => :16
        BITPOS p 0 0 0 => :-1
        BITPOS p 0 0 -1 => :12
        BITPOS p 1 2 => :-1
        BITPOS p 1 2 2 => :-1
        BITPOS p 1 0 -1 BIT => :0
        BITPOS p 0 3 9 BIT => :-1
        BITPOS p 0 3 12 BIT => :12
        BITPOS p 1 -8 -1 BIT => :-1
        BITPOS p 2 => -ERR The bit argument must be 1 or 0.
        BITPOS p -1 => -ERR The bit argument must be 1 or 0.
        BITPOS p x => -ERR value is not an integer or out of range
        BITPOS p 1 x => -ERR value is not an integer or out of range
        BITPOS p 1 0 x => -ERR value is not an integer or out of range
        BITPOS p 1 0 1 HEX => -ERR syntax error
        BITPOS p 1 x 1 HEX => -ERR value is not an integer or out of range
        BITPOS p 1 0 x HEX => -ERR syntax error
        BITPOS p 1 0 1 BIT extra => -ERR syntax error
        BITPOS none 0 => :0
        BITPOS none 1 => :-1
        BITPOS none 1 x => :-1
        BITPOS none 2 => -ERR The bit argument must be 1 or 0.
        BITPOS none 0 5 10 => :0
        SET f "\xff\xff" => +OK
        BITPOS f 0 => :16
        BITPOS f 0 0 => :16
        BITPOS f 0 1 => :16
        BITPOS f 0 2 => :-1
        BITPOS f 0 0 1 => :-1
        BITPOS f 0 0 -1 BYTE => :-1
        BITPOS f 1 1 0 => :-1
        BITPOS f 0 1 0 => :-1
        BITPOS f 0 -1 => :16
        BITPOS f 0 -1 -2 => :-1
        SET e "" => +OK
        BITPOS e 0 => :-1
        BITPOS e 1 => :-1
        BITPOS e 0 0 => :-1
        BITCOUNT e => :0
        BITPOS e 0 0 -1 BIT => :-1
        # BITOP
        SET a "\x0f\xff" => +OK
        SET c "\xf0" => +OK
        BITOP AND d a c => :2
        GET d => $2 \x00\x00
        BITOP OR d a c => :2
        GET d => $2 \xff\xff
        BITOP XOR d a c none => :2
        GET d => $2 \xff\xff
        BITOP NOT d a => :2
        GET d => $2 \xf0\x00
        BITOP AND d a none => :2
        GET d => $2 \x00\x00
        BITOP NOT d a c => -ERR BITOP NOT must be called with a single source key.
        BITOP NAND d a c => -ERR syntax error
        BITOP and d a => :2
        GET d => $2 \x0f\xff
        BITOP NOT d none => :0
        EXISTS d => :0
        BITOP OR d none none2 => :0
        SET d x EX 100 => +OK
        BITOP OR d a => :2
        TTL d => :-1
        BITOP XOR a a a => :2
        GET a => $2 \x00\x00
        BITOP OR l c => :1
        TYPE l => +string
        @list l2 x
        BITOP NOT l2 none => :0
        EXISTS l2 => :0
        OBJECT ENCODING d => $3 raw
        SETBIT fresh 0 1 => :0
        OBJECT ENCODING fresh => $3 raw
        BITCOUNT s -1 -2 HEX => :0
        BITPOS f 0 -16 -100 => :-1
        BITPOS f 1 -16 -100 => :0
        "##,
    );
}

/// The bits of `bytes`, one by one.
fn bits_of(bytes: &[u8]) -> Vec<bool> {
    bytes.iter().flat_map(|byte| (0..8).map(move |bit| byte & (0x80 >> bit) != 0)).collect()
}

#[test]
fn counting_and_seeking_agree_with_bits_one_by_one() {
    let mut dice = Rng::new(7);
    for round in 0..2_000 {
        let len = dice.below(100) as usize;
        // Long runs of equal bits make the loops over words matter.
        let fill = [0x00, 0xff, 0x5a][round % 3];
        let mut bytes = vec![fill; len];
        for _ in 0..dice.below(4) {
            if len > 0 {
                bytes[dice.below(len as u64) as usize] = dice.next_u64() as u8;
            }
        }
        let bits = bits_of(&bytes);
        assert_eq!(count::ones(&bytes), bits.iter().filter(|bit| **bit).count());
        if len == 0 {
            continue;
        }
        let start = dice.below(bits.len() as u64) as usize;
        let end = start + 1 + dice.below((bits.len() - start) as u64) as usize;
        for wanted in [false, true] {
            let expected = (start..end).find(|&at| bits[at] == wanted);
            assert_eq!(position::first(&bytes, &(start..end), wanted), expected, "{start}..{end} of {bytes:x?}");
        }
    }
}

#[test]
fn a_bit_is_logged_only_if_it_changes_something() {
    let mut db = Db::new();
    for line in ["SETBIT b 9 0", "SETBIT b 9 0", "SETBIT b 9 1", "SETBIT b 9 1", "BITOP NOT none d", "BITOP OR d b"] {
        db.run(line);
    }
    assert_eq!(db.logged(), ["SETBIT b 9 0", "SETBIT b 9 1", "BITOP OR d b"]);
    db.verify();
}
