//! Users.

use crate::command::testing::{Db, check, check_on};

#[test]
fn users_are_made_shown_and_removed() {
    check(
        r#"
        ACL WHOAMI => $7 default
        ACL SETUSER a b => -ERR Error in ACL SETUSER modifier 'b': Syntax error
        ACL SETUSER "a b" on => -ERR Usernames can't contain spaces or null characters
        ACL SETUSER => -ERR wrong number of arguments for 'acl|setuser' command
        ACL USERS => *1 $7 default
        ACL SETUSER alice on >pw ~k* &c* +get (+set ~x*) => +OK
        ACL GETUSER alice => *12 $5 flags *1 $2 on $9 passwords *1 $64 30c952fab122c3f9759f02a6d95c3758b246b4fee239957b2d4fee46e26170c4 $8 commands $10 -@all +get $4 keys $3 ~k* $8 channels $3 &c* $9 selectors *1 *6 $8 commands $10 -@all +set $4 keys $3 ~x* $8 channels $0
        ACL GETUSER default => *12 $5 flags *2 $2 on $6 nopass $9 passwords *0 $8 commands $5 +@all $4 keys $2 ~* $8 channels $2 &* $9 selectors *0
        ACL GETUSER nobody => $-1
        ACL LIST => *2 $143 user alice on #30c952fab122c3f9759f02a6d95c3758b246b4fee239957b2d4fee46e26170c4 ~k* resetchannels &c* -@all +get (~x* resetchannels -@all +set) $34 user default on nopass ~* &* +@all
        ACL USERS => *2 $5 alice $7 default
        ACL DELUSER nobody => :0
        ACL DELUSER default => -ERR The 'default' user cannot be removed
        ACL DELUSER alice nobody => :1
        ACL USERS => *1 $7 default
        ACL SAVE => -ERR users are declared in the configuration file, which is never written; there is no ACL file. Change the file and reload it with SIGHUP.
        ACL LOAD => -ERR users are declared in the configuration file, which is never written; there is no ACL file. Change the file and reload it with SIGHUP.
        ACL foo => -ERR unknown subcommand 'foo'. Try ACL HELP.
        @resp 3
        ACL SETUSER bob => +OK
        ACL GETUSER bob => %6 $5 flags ~1 $3 off $9 passwords *0 $8 commands $5 -@all $4 keys $0  $8 channels $0  $9 selectors *0
        "#,
    );
}

#[test]
fn rights_hold_and_denials_are_logged() {
    let mut db = Db::new();
    check_on(
        &mut db,
        r#"
        ACL SETUSER carol on nopass ~own:* +get +multi +exec +acl|whoami => +OK
        1> AUTH carol any => +OK
        1> ACL WHOAMI => $5 carol
        1> GET own:1 => $-1
        1> GET other => -NOPERM this user has no permissions to access one of the keys used as arguments
        1> SET own:1 v => -NOPERM this user has no permissions to run the 'set' command
        1> ACL LIST => -NOPERM this user has no permissions to run the 'acl|list' command
        1> MULTI => +OK
        1> SET own:1 v => -NOPERM this user has no permissions to run the 'set' command
        1> EXEC => -EXECABORT Transaction discarded because of previous errors.
        # What was allowed when it was queued may be forbidden when it is to run.
        1> MULTI => +OK
        1> GET own:1 => +QUEUED
        ACL SETUSER carol -get => +OK
        1> EXEC => *1 -NOPERM this user has no permissions to run the 'get' command
        ACL LOG abc => -ERR value is not an integer or out of range
        ACL LOG -1 => *0
        ACL LOG 10 5 => -ERR unknown subcommand or wrong number of arguments for 'log'. Try ACL HELP.
        "#,
    );
    let log = db.run("ACL LOG 100");
    for (object, context) in [("set", "toplevel"), ("acl|list", "toplevel"), ("set", "multi"), ("get", "toplevel")] {
        let entry = format!(
            "$6 reason $7 command $7 context ${} {context} $6 object ${} {object}",
            context.len(),
            object.len()
        );
        assert!(log.contains(&entry), "{entry} in {log}");
    }
    assert!(log.starts_with("*5 *14 $5 count :1 "), "{log}");
    assert!(log.contains("$11 client-info ") && log.contains("id=1 addr=- "), "{log}");
    check_on(
        &mut db,
        "ACL LOG RESET => +OK\nACL LOG => *0\n2> AUTH eve x => -WRONGPASS invalid username-password pair or user is disabled.",
    );
    let log = db.run("ACL LOG 1");
    assert!(log.contains("$6 reason $4 auth $7 context $8 toplevel $6 object $4 AUTH $8 username $3 eve"), "{log}");
}

#[test]
fn a_deleted_user_loses_the_connection_and_nobody_else() {
    let mut db = Db::new();
    let (dave, other) = (db.connect("10.0.0.1:1"), db.connect("10.0.0.1:2"));
    check_on(
        &mut db,
        r#"
        0> ACL SETUSER dave on nopass +@all ~* &* => +OK
        1> AUTH dave x => +OK
        # This one is known to itself only.
        9> AUTH dave x => +OK
        0> ACL DELUSER dave => :1
        1> GET k => -NOAUTH Authentication required.
        9> GET k => -NOAUTH Authentication required.
        9> RESET => +RESET
        9> GET k => -NOAUTH Authentication required.
        "#,
    );
    assert_eq!((db.mail(dave), db.mail(9), db.mail(other)), ("(closed)".into(), "(closed)".into(), String::new()));
}

#[test]
fn who_deletes_oneself_hears_of_it_first() {
    let mut db = Db::new();
    db.connect("10.0.0.1:1");
    check_on(
        &mut db,
        r#"
        1> ACL SETUSER dave on nopass +@all ~* &* => +OK
        1> AUTH dave x => +OK
        1> ACL DELUSER dave => :1
        "#,
    );
    assert_eq!(db.mail(1), "(closed)");
}

#[test]
fn listeners_that_lose_a_channel_are_closed() {
    // The channels that a user had and then has, what was subscribed to, and whether that is over.
    let cases = [
        ("&a*", "SUBSCRIBE a1", false),
        ("&b*", "SUBSCRIBE a1", true),
        ("&a*", "PSUBSCRIBE a*", false),
        ("&a1", "PSUBSCRIBE a*", true),
        ("allchannels", "PSUBSCRIBE a*", false),
        ("", "PING", false),
    ];
    for (later, command, closed) in cases {
        let mut db = Db::new();
        let listener = db.connect("10.0.0.1:1");
        db.run("ACL SETUSER u on nopass +@all &a*");
        db.run_as(listener, "AUTH u x");
        db.run_as(listener, command);
        assert_eq!(db.run(&format!("ACL SETUSER u resetchannels {later}")), "+OK");
        assert_eq!(db.mail(listener) == "(closed)", closed, "{command} then {later}");
    }
}

#[test]
fn categories_passwords_and_dry_runs() {
    let mut db = Db::new();
    check_on(
        &mut db,
        r#"
        ACL CAT foo => -ERR Unknown category 'foo'
        ACL CAT transaction => *5 $5 multi $4 exec $7 discard $5 watch $7 unwatch
        ACL GENPASS 0 => -ERR ACL GENPASS argument must be the number of bits for the output password, a positive number up to 4096
        ACL GENPASS -1 => -ERR ACL GENPASS argument must be the number of bits for the output password, a positive number up to 4096
        ACL GENPASS 4097 => -ERR ACL GENPASS argument must be the number of bits for the output password, a positive number up to 4096
        ACL GENPASS abc => -ERR value is not an integer or out of range
        ACL SETUSER alice on +@read ~k* => +OK
        ACL DRYRUN alice get k1 => +OK
        ACL DRYRUN alice get x1 => $51 This user has no permissions to access the 'x1' key
        ACL DRYRUN alice set k1 1 => $53 This user has no permissions to run the 'set' command
        ACL DRYRUN alice config get x => $60 This user has no permissions to run the 'config|get' command
        ACL DRYRUN alice foo => -ERR Command 'foo' not found
        ACL DRYRUN alice get => -ERR wrong number of arguments for 'get' command
        ACL DRYRUN alice config get => -ERR wrong number of arguments for 'config|get' command
        ACL DRYRUN nobody get k => -ERR User 'nobody' not found
        "#,
    );
    assert!(db.run("ACL CAT").starts_with("*21 $8 keyspace $4 read "));
    assert!(db.run("ACL GENPASS").starts_with("$64 "));
    assert_ne!(db.run("ACL GENPASS"), db.run("ACL GENPASS"));
    assert_eq!(db.run("ACL GENPASS 5").len(), "$2 ab".len());
    assert!(db.run("ACL GENPASS 4096").starts_with("$1024 "));
}

#[test]
fn writing_without_reading_needs_no_right_to_read() {
    check(
        r#"
        ACL SETUSER writer on nopass %W~* +@all => +OK
        AUTH writer x => +OK
        SET k v => +OK
        SET get v EX 100 => +OK
        SET k v XX GET => -NOPERM this user has no permissions to access one of the keys used as arguments
        APPEND k v => :2
        SETRANGE k 0 w => :2
        GET k => -NOPERM this user has no permissions to access one of the keys used as arguments
        GETSET k v => -NOPERM this user has no permissions to access one of the keys used as arguments
        COMMAND GETKEYSANDFLAGS SET k v => *1 *2 $1 k *2 +OW +update
        COMMAND GETKEYSANDFLAGS SET k v NX GET => *1 *2 $1 k *3 +RW +access +update
        "#,
    );
}
