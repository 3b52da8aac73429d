//! JSON to Lua values.

mod lexer;

use lexer::{Lexer, Token};

use super::options;
use crate::script::raw::frame::{Fault, Frame};

/// Nesting that no option can raise: it bounds the native stack.
const DEPTH_MAX: i32 = 1000;

/// `cjson.decode(text)`.
pub(super) fn decode(frame: &mut Frame<'_>) -> Result<i32, Fault> {
    if frame.top() != 1 {
        return Err(Fault::argument(1, "expected 1 argument"));
    }
    let text = frame.check_bytes(1)?;
    if text.len() >= 2 && (text[0] == 0 || text[1] == 0) {
        return Err(Fault::text("JSON parser does not support UTF-16 or UTF-32"));
    }
    let options = options::of(frame);
    let mut decoder = Decoder {
        lexer: Lexer::new(&text, options.decode_invalid),
        depth: 0,
        depth_max: options.decode_depth_max.min(DEPTH_MAX),
    };
    let first = decoder.lexer.next();
    decoder.value(frame, first)?;
    match decoder.lexer.next() {
        Token::End => Ok(1),
        other => Err(decoder.expected("the end", &other)),
    }
}

struct Decoder<'t> {
    lexer: Lexer<'t>,
    depth: i32,
    depth_max: i32,
}

impl Decoder<'_> {
    fn value(&mut self, frame: &mut Frame<'_>, token: Token) -> Result<(), Fault> {
        frame.check_memory()?;
        match token {
            Token::String => frame.push_bytes(self.lexer.string()),
            Token::Number(x) => frame.push_number(x),
            Token::Boolean(value) => frame.push_bool(value),
            Token::Null => frame.push_null(),
            Token::ObjectBegin => {
                self.enter(frame)?;
                self.object(frame)?;
                self.depth -= 1;
            }
            Token::ArrayBegin => {
                self.enter(frame)?;
                self.array(frame)?;
                self.depth -= 1;
            }
            other => return Err(self.expected("value", &other)),
        }
        Ok(())
    }

    fn enter(&mut self, frame: &mut Frame<'_>) -> Result<(), Fault> {
        self.depth += 1;
        if self.depth <= self.depth_max && frame.reserve(4) {
            return Ok(());
        }
        let (depth, at) = (self.depth, self.lexer.position());
        Err(Fault::text(format!("Found too many nested data structures ({depth}) at character {at}")))
    }

    fn object(&mut self, frame: &mut Frame<'_>) -> Result<(), Fault> {
        frame.push_table(0, 0);
        let table = frame.top();
        let mut token = self.lexer.next();
        if token == Token::ObjectEnd {
            return Ok(());
        }
        loop {
            if token != Token::String {
                return Err(self.expected("object key string", &token));
            }
            frame.push_bytes(self.lexer.string());
            match self.lexer.next() {
                Token::Colon => {}
                other => return Err(self.expected("colon", &other)),
            }
            let first = self.lexer.next();
            self.value(frame, first)?;
            let _always = frame.set_entry(table);
            match self.lexer.next() {
                Token::ObjectEnd => return Ok(()),
                Token::Comma => token = self.lexer.next(),
                other => return Err(self.expected("comma or object end", &other)),
            }
        }
    }

    fn array(&mut self, frame: &mut Frame<'_>) -> Result<(), Fault> {
        frame.push_table(0, 0);
        let table = frame.top();
        let mut token = self.lexer.next();
        if token == Token::ArrayEnd {
            return Ok(());
        }
        for index in 1.. {
            self.value(frame, token)?;
            frame.set_item(table, index);
            match self.lexer.next() {
                Token::ArrayEnd => return Ok(()),
                Token::Comma => token = self.lexer.next(),
                other => return Err(self.expected("comma or array end", &other)),
            }
        }
        Ok(())
    }

    fn expected(&self, what: &str, found: &Token) -> Fault {
        let (found, at) = (found.name(), self.lexer.token_position());
        Fault::text(format!("Expected {what} but found {found} at character {at}"))
    }
}
