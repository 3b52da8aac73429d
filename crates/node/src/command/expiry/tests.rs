use crate::command::testing::{Db, check};

#[test]
fn expiry_replies_are_those_of_redis() {
    check(
        r##"
        EXPIRE none 10 => :0
        EXPIRE none x => -ERR value is not an integer or out of range
        EXPIRE none 10 BOGUS => -ERR Unsupported option BOGUS
        SET k v => +OK
        TTL k => :-1
        PTTL k => :-1
        EXPIRETIME k => :-1
        PEXPIRETIME k => :-1
        TTL none => :-2
        PTTL none => :-2
        EXPIRETIME none => :-2
        PEXPIRETIME none => :-2
        EXPIRE k 100 => :1
        TTL k => :100
        EXPIRE k 200 NX => :0
        EXPIRE k 200 XX => :1
        TTL k => :200
        EXPIRE k 100 GT => :0
        EXPIRE k 300 GT => :1
        TTL k => :300
        EXPIRE k 400 LT => :0
        EXPIRE k 50 LT => :1
        TTL k => :50
        EXPIRE k 50 XX GT => :0
        EXPIRE k 60 XX GT => :1
        EXPIRE k 10 XX LT => :1
        TTL k => :10
        PERSIST k => :1
        PERSIST k => :0
        PERSIST none => :0
        EXPIRE k 10 XX => :0
        EXPIRE k 10 GT => :0
        EXPIRE k 10 LT => :1
        EXPIRE k 10 NX XX => -ERR NX and XX, GT or LT options at the same time are not compatible
        EXPIRE k 10 NX GT => -ERR NX and XX, GT or LT options at the same time are not compatible
        EXPIRE k 10 LT GT => -ERR GT and LT options at the same time are not compatible
        EXPIRE k 10 XX NX => -ERR NX and XX, GT or LT options at the same time are not compatible
        EXPIRE k x NX XX => -ERR NX and XX, GT or LT options at the same time are not compatible
        EXPIRE k 10 BOGUS NX => -ERR Unsupported option BOGUS
        EXPIRE k 10 nx BOGUS => -ERR Unsupported option BOGUS
        EXPIRE k x => -ERR value is not an integer or out of range
        EXPIRE k 1.5 => -ERR value is not an integer or out of range
        EXPIRE k 9223372036854775807 => -ERR invalid expire time in 'expire' command
        EXPIRE k -9223372036854775808 => -ERR invalid expire time in 'expire' command
        EXPIRE k 9223372036854775 => -ERR invalid expire time in 'expire' command
        PEXPIRE k 9223372036854775807 => -ERR invalid expire time in 'pexpire' command
        EXPIREAT k 9223372036854775807 => -ERR invalid expire time in 'expireat' command
        EXPIREAT k 9223372036854776 => -ERR invalid expire time in 'expireat' command
        EXPIREAT k 4102444800 => :1
        EXPIRETIME k => :4102444800
        PEXPIRETIME k => :4102444800000
        PEXPIREAT k 4102444800600 => :1
        EXPIRETIME k => :4102444801
        PEXPIRETIME k => :4102444800600
        PEXPIREAT k 4102444800499 => :1
        EXPIRETIME k => :4102444800
        PEXPIRE k 100000 => :1
        TTL k => :100
        EXPIRE k 0 => :1
        EXISTS k => :0
        SET k v => +OK
        EXPIRE k -1 => :1
        EXISTS k => :0
        SET k v => +OK
        PEXPIRE k -1 => :1
        EXISTS k => :0
        SET k v => +OK
        EXPIREAT k 1 => :1
        EXISTS k => :0
        SET k v => +OK
        PEXPIREAT k 1 => :1
        EXISTS k => :0
        SET k v => +OK
        PEXPIREAT k -1 => :1
        EXISTS k => :0
        SET k v => +OK
        EXPIRE k -1 GT => :0
        EXISTS k => :1
        EXPIRE k -1 LT => :1
        EXISTS k => :0
        SET k v => +OK
        EXPIRE k -1 NX => :1
        EXISTS k => :0
        SET k v => +OK
        PEXPIREAT k 9223372036854775807 => :1
        PERSIST k => :1
        PEXPIREAT k -9223372036854775808 => :1
        EXISTS k => :0
        @list l a
        EXPIRE l 100 => :1
        TTL l => :100
        EXPIRE => -ERR wrong number of arguments for 'expire' command
        EXPIRE k => -ERR wrong number of arguments for 'expire' command
        TTL => -ERR wrong number of arguments for 'ttl' command
        TTL a b => -ERR wrong number of arguments for 'ttl' command
        "##,
    );
}

#[test]
fn a_key_ends_at_its_time_and_not_before() {
    check(
        "
        SET k v => +OK
        PEXPIRE k 100 => :1
        PTTL k => :100
        @sleep 99
        GET k => $1 v
        PTTL k => :1
        TTL k => :0
        @sleep 1
        GET k => $-1
        PTTL k => :-2
        EXPIRE k 10 => :0
        SET k v EX 10 => +OK
        @sleep 9501
        TTL k => :0
        PERSIST k => :1
        @sleep 1000
        GET k => $1 v
        ",
    );
}

#[test]
fn only_changes_are_logged() {
    let mut db = Db::new();
    for line in
        ["SET k v", "EXPIRE k 10", "EXPIRE k 10 NX", "TTL k", "PERSIST k", "PERSIST k", "EXPIRE k -1", "EXPIRE k -1"]
    {
        db.run(line);
    }
    assert_eq!(db.logged(), ["SET k v", "EXPIRE k 10", "PERSIST k", "EXPIRE k -1"]);
    db.verify();
}
