use crate::command::index;
use crate::command::testing::{Db, check, check_on};

#[test]
fn sort_replies_are_those_of_redis() {
    check(
        r##"
        @list l 3 1 2 10
        SORT l => *4 $1 1 $1 2 $1 3 $2 10
        SORT l DESC => *4 $2 10 $1 3 $1 2 $1 1
        SORT l ASC => *4 $1 1 $1 2 $1 3 $2 10
        SORT l ALPHA => *4 $1 1 $2 10 $1 2 $1 3
        SORT l ALPHA DESC => *4 $1 3 $1 2 $2 10 $1 1
        SORT l LIMIT 1 2 => *2 $1 2 $1 3
        SORT l LIMIT 0 0 => *0
        SORT l LIMIT 0 -1 => *4 $1 1 $1 2 $1 3 $2 10
        SORT l LIMIT -1 2 => *2 $1 1 $1 2
        SORT l LIMIT 10 2 => *0
        SORT l LIMIT 2 100 => *2 $1 3 $2 10
        SORT l LIMIT x 1 => -ERR value is not an integer or out of range
        SORT l LIMIT 1 => -ERR syntax error
        SORT l BOGUS => -ERR syntax error
        SORT l BY => -ERR syntax error
        SORT l GET => -ERR syntax error
        SORT l STORE => -ERR syntax error
        SORT_RO l STORE d => -ERR syntax error
        SORT_RO l DESC LIMIT 0 2 => *2 $2 10 $1 3
        SORT l DESC ASC => *4 $1 1 $1 2 $1 3 $2 10
        SORT none => *0
        SORT none ALPHA STORE d => :0
        SET str x => +OK
        SORT str => -WRONGTYPE Operation against a key holding the wrong kind of value
        @hash h a 1
        SORT h => -WRONGTYPE Operation against a key holding the wrong kind of value
        SORT str BOGUS => -ERR syntax error
        @list w a b c
        SORT w => -ERR One or more scores can't be converted into double
        SORT_RO w => -ERR One or more scores can't be converted into double
        SORT w ALPHA DESC => *3 $1 c $1 b $1 a
        @list e "" 5 "-3"
        SORT e => *3 $2 -3 $0  $1 5
        @list blank " 5" 4
        SORT blank => *2 $1 4 $2  5
        @list hex 0x10 9
        SORT hex => *2 $1 9 $4 0x10
        @list infs inf 5 -inf
        SORT infs => *3 $4 -inf $1 5 $3 inf
        @list nans nan 5
        SORT nans => -ERR One or more scores can't be converted into double
        @list fl 1.5 1.25 -0.5 1e1
        SORT fl => *4 $4 -0.5 $4 1.25 $3 1.5 $3 1e1
        @list big 9007199254740993 9007199254740992 9007199254740994
        SORT big => *3 $16 9007199254740992 $16 9007199254740993 $16 9007199254740994
        # BY and GET
        MSET wt_1 30 wt_2 20 wt_3 10 => +OK
        MSET ob_1 one ob_2 two ob_10 ten => +OK
        @hash hw_1 f 3 g x
        @hash hw_2 f 1 g y
        @hash hw_3 f 2
        SORT l BY wt_* => *4 $2 10 $1 3 $1 2 $1 1
        SORT l BY wt_* DESC => *4 $1 1 $1 2 $1 3 $2 10
        SORT l BY wt_* GET ob_* => *4 $3 ten $-1 $3 two $3 one
        SORT l BY wt_* GET # GET ob_* GET hw_*->g => *12 $2 10 $3 ten $-1 $1 3 $-1 $-1 $1 2 $3 two $1 y $1 1 $3 one $1 x
        SORT l GET # => *4 $1 1 $1 2 $1 3 $2 10
        SORT l GET nopattern => *4 $-1 $-1 $-1 $-1
        SORT l GET ## => *4 $-1 $-1 $-1 $-1
        SORT l BY hw_*->f => *4 $2 10 $1 2 $1 3 $1 1
        SORT l BY hw_*->f GET hw_*->f => *4 $-1 $1 1 $1 2 $1 3
        SORT l BY hw_*->nope => *4 $1 1 $2 10 $1 2 $1 3
        SORT l BY nosort => *4 $1 3 $1 1 $1 2 $2 10
        SORT l BY nosort DESC => *4 $2 10 $1 2 $1 1 $1 3
        SORT l BY nosort LIMIT 1 2 => *2 $1 1 $1 2
        SORT l BY nosort DESC LIMIT 1 2 => *2 $1 2 $1 1
        SORT l BY nosort GET # GET ob_* => *8 $1 3 $-1 $1 1 $3 one $1 2 $3 two $2 10 $3 ten
        SORT l BY ob_* ALPHA => *4 $1 3 $1 1 $2 10 $1 2
        SORT l BY ob_* ALPHA DESC => *4 $1 2 $2 10 $1 1 $1 3
        SORT l BY ob_* => -ERR One or more scores can't be converted into double
        SORT l BY wt_*->f => *4 $1 1 $2 10 $1 2 $1 3
        SORT l BY hw_* => *4 $1 1 $2 10 $1 2 $1 3
        SORT l BY wt_*-> => *4 $1 1 $2 10 $1 2 $1 3
        SORT l GET wt_*-> => *4 $-1 $-1 $-1 $-1
        SORT_RO l BY wt_* GET ob_* => *4 $3 ten $-1 $3 two $3 one
        # sets and sorted sets
        @set s 5 4 9 1
        SORT s => *4 $1 1 $1 4 $1 5 $1 9
        SORT s DESC LIMIT 0 2 => *2 $1 9 $1 5
        @zset z 1 c 2 b 3 a
        SORT z ALPHA => *3 $1 a $1 b $1 c
        SORT z BY nosort => *3 $1 c $1 b $1 a
        SORT z BY nosort DESC => *3 $1 a $1 b $1 c
        SORT z BY nosort LIMIT 1 1 => *1 $1 b
        SORT z BY nosort DESC LIMIT 0 2 => *2 $1 a $1 b
        SORT z => -ERR One or more scores can't be converted into double
        SORT z ALPHA DESC LIMIT 0 1 => *1 $1 c
        # STORE
        SORT l STORE d => :4
        SORT d BY nosort => *4 $1 1 $1 2 $1 3 $2 10
        TYPE d => +list
        SORT l GET ob_* STORE d => :4
        SORT d BY nosort => *4 $3 one $3 two $0  $3 ten
        SORT l LIMIT 0 0 STORE d => :0
        EXISTS d => :0
        SET d x EX 100 => +OK
        SORT l STORE d => :4
        TTL d => :-1
        SORT l STORE l => :4
        SORT l BY nosort => *4 $1 1 $1 2 $1 3 $2 10
        SORT s BY nosort STORE d => :4
        SORT d BY nosort => *4 $1 1 $1 4 $1 5 $1 9
        @set sa b a c
        SORT sa BY nosort STORE d => :3
        SORT d BY nosort => *3 $1 a $1 b $1 c
        SORT w STORE d => -ERR One or more scores can't be converted into double
        SORT l STORE d1 STORE d2 => :4
        EXISTS d1 d2 => :1
        @resp 3
        SORT l BY wt_* GET ob_* => *4 $3 ten _ $3 two $3 one
        SORT l BY nosort BY wt_* => *4 $1 1 $1 2 $1 3 $2 10
        SORT l BY wt_* BY nosort => *4 $1 1 $1 2 $1 3 $2 10
        @list nul "\x00" 1 "-1\x00x"
        SORT nul => *3 $4 -1\x00x $1 \x00 $1 1
        "##,
    );
}

#[test]
fn stored_results_are_logged_as_they_are() {
    let mut db = Db::new();
    check_on(
        &mut db,
        "
        @set s c a b
        MSET w_a 3 w_b 2 w_c 1 => +OK
        SORT s BY w_* STORE d => :3
        SORT s BY w_* GET w_* GET # STORE d => :6
        SORT none STORE d => :0
        SORT none STORE d => :0
        SORT s BY nosort STORE d => :3
        ",
    );
    assert_eq!(db.logged()[1..], ["MSET w_a 3 w_b 2 w_c 1", "(image)", "(image)", "(gone) d", "(image)"]);
    db.verify();
}

#[test]
fn who_may_not_read_all_keys_may_not_sort_by_them() {
    let mut db = Db::new();
    db.engine.acl.write().set_user(b"default", &[b"resetkeys", b"~l*"], index()).expect("the rules are well-formed");
    db.engine.acl_changed();
    check_on(
        &mut db,
        "
        @list l 2 1
        SORT l => *2 $1 1 $1 2
        SORT l BY nosort GET # => *2 $1 2 $1 1
        SORT l BY l* => -NOPERM this user has no permissions to access one of the keys used as arguments
        SORT_RO l GET l* => -NOPERM this user has no permissions to access one of the keys used as arguments
        SORT l STORE x => -NOPERM this user has no permissions to access one of the keys used as arguments
        SORT l STORE l2 => :2
        ",
    );
}
