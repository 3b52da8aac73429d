use super::*;
use mainstay_foundation::Rng;

fn parse_all(bytes: &[u8], limits: &Limits) -> Result<Vec<Vec<Vec<u8>>>, ProtocolError> {
    let (mut parser, mut requests, mut at) = (Parser::default(), Vec::new(), 0);
    loop {
        let rest = &bytes[at..];
        match parser.parse(rest, limits)? {
            Parsed::Incomplete => return Ok(requests),
            Parsed::Inline(used, words) => {
                requests.push(words);
                at += used;
            }
            Parsed::Request(used) => {
                let args = parser.spans().iter().map(|&(start, len)| rest[start as usize..][..len as usize].to_vec());
                requests.push(args.collect());
                at += used;
            }
        }
    }
}

fn words(request: &[&str]) -> Vec<Vec<u8>> {
    request.iter().map(|word| word.as_bytes().to_vec()).collect()
}

#[test]
fn requests_are_found() {
    for (bytes, expected) in [
        ("*1\r\n$4\r\nPING\r\n", vec![vec!["PING"]]),
        ("*2\r\n$3\r\nGET\r\n$0\r\n\r\n*1\r\n$4\r\nPING\r\n", vec![vec!["GET", ""], vec!["PING"]]),
        ("*0\r\n*-1\r\nPING\r\n", vec![vec![], vec![], vec!["PING"]]),
        ("SET a \"x\\x41\\n\" 'it''\r\n", vec![]),
        ("  set\ta  \"b c\" 'd\\'e'\n\r\n", vec![vec!["set", "a", "b c", "d'e"], vec![]]),
        ("*2\r\n$3\r\nGET\r\n$12\r\nhello\r\nworld\r\n", vec![vec!["GET", "hello\r\nworld"]]),
        ("*1\r\n$4\r\nPI", vec![]),
    ] {
        let result = parse_all(bytes.as_bytes(), &Limits::default());
        if bytes.contains("'it''") {
            assert_eq!(result, Err(ProtocolError::Quotes));
            continue;
        }
        assert_eq!(result, Ok(expected.iter().map(|request| words(request)).collect()), "{bytes:?}");
    }
}

#[test]
fn violations_are_named_as_redis_names_them() {
    let wide = "x".repeat(65_537);
    for (bytes, expected) in [
        ("*x\r\n", "invalid multibulk length"),
        ("*1048577\r\n", "invalid multibulk length"),
        ("*1\r\n:4\r\n", "expected '$', got ':'"),
        ("*1\r\n$-1\r\n", "invalid bulk length"),
        ("*1\r\n$536870913\r\n", "invalid bulk length"),
        ("*1\r\n$01\r\n", "invalid bulk length"),
        ("get \"x\r\n", "unbalanced quotes in request"),
        (wide.as_str(), "too big inline request"),
    ] {
        let error = parse_all(bytes.as_bytes(), &Limits::default()).unwrap_err();
        assert_eq!(error.to_string(), expected, "{}", &bytes[..bytes.len().min(40)]);
    }
    let strangers = Limits::UNAUTHENTICATED;
    assert_eq!(parse_all(b"*11\r\n", &strangers).unwrap_err().to_string(), "unauthenticated multibulk length");
    assert_eq!(parse_all(b"*1\r\n$16385\r\n", &strangers).unwrap_err().to_string(), "unauthenticated bulk length");
}

#[test]
fn pieces_make_no_difference() {
    let mut rng = Rng::new(3);
    for _ in 0..300 {
        let (mut stream, mut expected) = (Vec::new(), Vec::new());
        for _ in 0..1 + rng.below(4) {
            let request: Vec<Vec<u8>> =
                (0..1 + rng.below(4)).map(|_| vec![b'a' + rng.below(26) as u8; rng.below(40) as usize]).collect();
            stream.extend(format!("*{}\r\n", request.len()).bytes());
            for arg in &request {
                stream.extend(format!("${}\r\n", arg.len()).bytes());
                stream.extend(arg);
                stream.extend(b"\r\n");
            }
            expected.push(request);
        }
        let (mut parser, mut pending, mut found) = (Parser::default(), Vec::new(), Vec::new());
        let mut rest = stream.as_slice();
        while !rest.is_empty() {
            let (piece, after) = rest.split_at((1 + rng.below(7) as usize).min(rest.len()));
            pending.extend_from_slice(piece);
            rest = after;
            while let Parsed::Request(used) = parser.parse(&pending, &Limits::default()).unwrap() {
                found.push(
                    parser
                        .spans()
                        .iter()
                        .map(|&(at, len)| pending[at as usize..][..len as usize].to_vec())
                        .collect::<Vec<_>>(),
                );
                pending.drain(..used);
            }
            assert!(parser.wanted(pending.len()) <= 43);
        }
        assert_eq!(found, expected);
    }
}

#[test]
fn each_type_has_a_form_in_both_protocols() {
    let write = |protocol| {
        let mut e = Encoder::new(Vec::new(), protocol);
        let mark = e.open();
        e.simple("hi");
        e.int(-12);
        e.bulk(b"ab");
        e.null();
        e.null_array();
        e.map(1);
        e.set(2);
        e.boolean(true);
        e.verbatim(b"t");
        e.error(b"ERR a\r\nb");
        e.double(1.5);
        e.close_array(mark, 10);
        String::from_utf8(e.into_bytes()).unwrap()
    };
    assert_eq!(
        write(Protocol::Resp2),
        "*10\r\n+hi\r\n:-12\r\n$2\r\nab\r\n$-1\r\n*-1\r\n*2\r\n*2\r\n:1\r\n$1\r\nt\r\n-ERR a  b\r\n$3\r\n1.5\r\n"
    );
    assert_eq!(
        write(Protocol::Resp3),
        "*10\r\n+hi\r\n:-12\r\n$2\r\nab\r\n_\r\n_\r\n%1\r\n~2\r\n#t\r\n=5\r\ntxt:t\r\n-ERR a  b\r\n,1.5\r\n"
    );
}
