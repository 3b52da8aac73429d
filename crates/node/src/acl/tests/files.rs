//! ACL files.

use super::super::*;
use super::table::Table;

#[test]
fn what_is_saved_loads_to_the_same_users() {
    let table = Table::redis();
    let mut acl = Acl::new(table);
    acl.set_user(
        b"alice",
        &[b"on", b">p", b"~a*", b"%R~b", b"&c", b"+@read", b"-get", b"+select|0", b"(+set ~x)"],
        table,
    )
    .unwrap();
    acl.set_user(b"", &[b"on"], table).unwrap();
    acl.set_user(b"default", &[b"off", b"-@dangerous"], table).unwrap();
    let text = save(&acl, table);
    let loaded = load(&text, "users.acl", table).unwrap();
    assert!(acl.users().eq(loaded.users()));
    assert_eq!(save(&loaded, table), text);
    let version = acl.version();
    acl.replace(loaded);
    assert_eq!(acl.version(), version + 1, "sessions must look again");
}

#[test]
fn the_default_user_exists_without_a_line() {
    let table = Table::redis();
    let acl = load(b"\r\n  \nuser bob on ~x\t (+get ~a) (+set\t~b)\r\n", "f", table).unwrap();
    assert!(acl.default_user().is_unrestricted());
    let bob = acl.user(b"bob").unwrap().describe(table);
    assert_eq!(
        String::from_utf8(bob).unwrap(),
        "user bob on ~x resetchannels -@all (~a resetchannels -@all +get) (~b resetchannels -@all +set)"
    );
}

#[test]
fn all_errors_are_told_with_their_lines() {
    let text = b"user a on +nosuch ~b #12\n\nuser b off (+get\nuser b on\nfoo\nuser\n# c\nuser x\ty on\nuser d <secret";
    let error = load(text, "f.acl", Table::redis()).unwrap_err();
    let told: Vec<_> = error.errors.iter().map(|error| (error.line, error.message.as_str())).collect();
    assert_eq!(
        told,
        [
            (1, "Unknown command or category name in ACL in '+nosuch'"),
            (
                1,
                "The password hash must be exactly 64 characters and contain only lowercase hexadecimal characters in '#12'"
            ),
            (3, "Unmatched parenthesis in selector definition in '(+get'"),
            (4, "duplicate user 'b'"),
            (5, "a line should start with the word user and a name"),
            (6, "a line should start with the word user and a name"),
            (7, "a line should start with the word user and a name"),
            (8, "the name 'x\ty' has invalid characters"),
            (9, "The password you are trying to remove from the user does not exist"),
        ]
    );
    let text = error.to_string();
    assert!(
        text.starts_with("f.acl:1: Unknown command")
            && text.ends_with("no change to the previously active ACL rules was performed")
    );
    assert!(!text.contains("secret"));
}

#[test]
fn the_number_of_errors_is_limited() {
    let text = "foo\n".repeat(500) + &format!("user a {}", "+nosuch ".repeat(500));
    let error = load(text.as_bytes(), "f", Table::redis()).unwrap_err();
    assert_eq!(error.errors.len(), LoadError::ERRORS_MAX);
    let error = load(format!("user a {}", "+nosuch ".repeat(500)).as_bytes(), "f", Table::redis()).unwrap_err();
    assert_eq!(error.errors.len(), LoadError::ERRORS_MAX);
}
