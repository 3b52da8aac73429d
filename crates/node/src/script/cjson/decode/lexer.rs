//! The words of a JSON text.

/// One word. What does not spell one is [`Token::Error`].
#[derive(Debug, Clone, Copy, PartialEq)]
pub(super) enum Token {
    ObjectBegin,
    ObjectEnd,
    ArrayBegin,
    ArrayEnd,
    Colon,
    Comma,
    /// Its content is [`Lexer::string`].
    String,
    Number(f64),
    Boolean(bool),
    Null,
    End,
    Error(&'static str),
}

impl Token {
    /// As error messages name it.
    pub(super) fn name(&self) -> &'static str {
        match self {
            Self::ObjectBegin => "T_OBJ_BEGIN",
            Self::ObjectEnd => "T_OBJ_END",
            Self::ArrayBegin => "T_ARR_BEGIN",
            Self::ArrayEnd => "T_ARR_END",
            Self::Colon => "T_COLON",
            Self::Comma => "T_COMMA",
            Self::String => "T_STRING",
            Self::Number(_) => "T_NUMBER",
            Self::Boolean(_) => "T_BOOLEAN",
            Self::Null => "T_NULL",
            Self::End => "T_END",
            Self::Error(problem) => problem,
        }
    }
}

/// Reads tokens one by one.
pub(super) struct Lexer<'t> {
    text: &'t [u8],
    at: usize,
    token: usize,
    string: Vec<u8>,
    invalid_numbers: bool,
}

impl<'t> Lexer<'t> {
    pub(super) fn new(text: &'t [u8], invalid_numbers: bool) -> Self {
        Self { text, at: 0, token: 0, string: Vec::new(), invalid_numbers }
    }

    /// Characters read.
    pub(super) fn position(&self) -> usize {
        self.at
    }

    /// Where the last token, or what is wrong with it, stands; from 1.
    pub(super) fn token_position(&self) -> usize {
        self.token + 1
    }

    /// The content of the last string token.
    pub(super) fn string(&self) -> &[u8] {
        &self.string
    }

    /// The next token; a zero byte ends the text.
    pub(super) fn next(&mut self) -> Token {
        while matches!(self.peek(0), b' ' | b'\t' | b'\n' | b'\r') {
            self.at += 1;
        }
        self.token = self.at;
        match self.peek(0) {
            b'{' => self.single(Token::ObjectBegin),
            b'}' => self.single(Token::ObjectEnd),
            b'[' => self.single(Token::ArrayBegin),
            b']' => self.single(Token::ArrayEnd),
            b':' => self.single(Token::Colon),
            b',' => self.single(Token::Comma),
            b'"' => self.read_string(),
            b'-' | b'+' | b'0'..=b'9' => self.signed_number(),
            0 => Token::End,
            _ => self.word(),
        }
    }

    /// The byte at a distance, 0 past the end.
    fn peek(&self, distance: usize) -> u8 {
        self.text.get(self.at + distance).copied().unwrap_or(0)
    }

    fn single(&mut self, token: Token) -> Token {
        self.at += 1;
        token
    }

    fn word(&mut self) -> Token {
        let rest = &self.text[self.at..];
        for (word, token) in
            [(&b"true"[..], Token::Boolean(true)), (b"false", Token::Boolean(false)), (b"null", Token::Null)]
        {
            if rest.starts_with(word) {
                self.at += word.len();
                return token;
            }
        }
        if self.invalid_numbers && names_a_number(rest) { self.read_number() } else { Token::Error("invalid token") }
    }

    fn signed_number(&mut self) -> Token {
        if !self.invalid_numbers && self.is_invalid_number() {
            return Token::Error("invalid number");
        }
        self.read_number()
    }

    /// Numbers that C reads and JSON does not have.
    fn is_invalid_number(&self) -> bool {
        let sign = usize::from(matches!(self.peek(0), b'-' | b'+'));
        match self.peek(sign) {
            b'0' => matches!(self.peek(sign + 1), b'x' | b'X' | b'0'..=b'9'),
            b'1'..=b'9' => false,
            _ => names_a_number(&self.text[self.at + sign..]),
        }
    }

    fn read_number(&mut self) -> Token {
        match parse_number(&self.text[self.at..]) {
            Some((x, len)) => {
                self.at += len;
                Token::Number(x)
            }
            None => Token::Error("invalid number"),
        }
    }

    fn read_string(&mut self) -> Token {
        self.string.clear();
        self.at += 1;
        loop {
            let rest = &self.text[self.at..];
            let plain = rest.iter().position(|byte| matches!(byte, b'"' | b'\\' | 0)).unwrap_or(rest.len());
            self.string.extend_from_slice(&rest[..plain]);
            self.at += plain;
            match self.peek(0) {
                b'"' => {
                    self.at += 1;
                    return Token::String;
                }
                b'\\' => {
                    if let Err(problem) = self.escape() {
                        self.token = self.at;
                        return Token::Error(problem);
                    }
                }
                _ => {
                    self.token = self.at;
                    return Token::Error("unexpected end of string");
                }
            }
        }
    }

    fn escape(&mut self) -> Result<(), &'static str> {
        let plain = match self.peek(1) {
            byte @ (b'"' | b'\\' | b'/') => byte,
            b'b' => 0x08,
            b'f' => 0x0c,
            b'n' => b'\n',
            b'r' => b'\r',
            b't' => b'\t',
            b'u' => return self.unicode().ok_or("invalid unicode escape code"),
            _ => return Err("invalid escape code"),
        };
        self.string.push(plain);
        self.at += 2;
        Ok(())
    }

    /// `\uXXXX`, or two of them for a character beyond the first plane.
    fn unicode(&mut self) -> Option<()> {
        let mut code = self.hex(2)?;
        let mut len = 6;
        if (0xD800..0xE000).contains(&code) {
            let low = (self.peek(6) == b'\\' && self.peek(7) == b'u').then(|| self.hex(8))??;
            if code >= 0xDC00 || !(0xDC00..0xE000).contains(&low) {
                return None;
            }
            code = 0x1_0000 + ((code - 0xD800) << 10 | (low - 0xDC00));
            len = 12;
        }
        let character = char::from_u32(code)?;
        self.string.extend_from_slice(character.encode_utf8(&mut [0; 4]).as_bytes());
        self.at += len;
        Some(())
    }

    fn hex(&self, distance: usize) -> Option<u32> {
        let mut code = 0;
        for digit in 0..4 {
            code = code << 4 | char::from(self.peek(distance + digit)).to_digit(16)?;
        }
        Some(code)
    }
}

/// Whether a text begins with `inf` or `nan` in any case.
fn names_a_number(text: &[u8]) -> bool {
    text.get(..3).is_some_and(|word| word.eq_ignore_ascii_case(b"inf") || word.eq_ignore_ascii_case(b"nan"))
}

/// The longest number at the start of a text as C's `strtod` reads it, and its length.
fn parse_number(text: &[u8]) -> Option<(f64, usize)> {
    let sign = usize::from(matches!(text.first(), Some(b'-' | b'+')));
    let negative = text.first() == Some(&b'-');
    let body = &text[sign..];
    let (x, len) = parse_named(body).or_else(|| parse_hexadecimal(body)).or_else(|| parse_decimal(body))?;
    Some((if negative { -x } else { x }, sign + len))
}

fn parse_named(text: &[u8]) -> Option<(f64, usize)> {
    for (name, x) in [(&b"infinity"[..], f64::INFINITY), (b"inf", f64::INFINITY), (b"nan", f64::NAN)] {
        if text.get(..name.len()).is_some_and(|word| word.eq_ignore_ascii_case(name)) {
            return Some((x, name.len()));
        }
    }
    None
}

/// Hexadecimal integers; more than 53 significant bits are cut, not rounded.
fn parse_hexadecimal(text: &[u8]) -> Option<(f64, usize)> {
    let digits = text.strip_prefix(b"0x").or_else(|| text.strip_prefix(b"0X"))?;
    let len = digits.iter().take_while(|byte| byte.is_ascii_hexdigit()).count();
    if len == 0 {
        return None;
    }
    let x = digits[..len].iter().fold(0.0, |x, &byte| x * 16.0 + f64::from(char::from(byte).to_digit(16).unwrap_or(0)));
    Some((x, len + 2))
}

fn parse_decimal(text: &[u8]) -> Option<(f64, usize)> {
    let count = |from: usize| text[from..].iter().take_while(|byte| byte.is_ascii_digit()).count();
    let whole = count(0);
    let mut len = whole;
    let mut digits = whole;
    if text.get(len) == Some(&b'.') {
        let fraction = count(len + 1);
        digits += fraction;
        len += 1 + fraction;
    }
    if digits == 0 {
        return None;
    }
    if matches!(text.get(len), Some(b'e' | b'E')) {
        let sign = usize::from(matches!(text.get(len + 1), Some(b'-' | b'+')));
        let exponent = count((len + 1 + sign).min(text.len()));
        if exponent > 0 {
            len += 1 + sign + exponent;
        }
    }
    let x = std::str::from_utf8(&text[..len]).ok()?.parse().ok()?;
    Some((x, len))
}
