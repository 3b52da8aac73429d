//! A small blocking client, for what redis-benchmark does not do.

use std::io::{BufReader, BufWriter, Read, Write};
use std::net::{SocketAddr, TcpStream};

pub struct Client {
    input: BufReader<TcpStream>,
    output: BufWriter<TcpStream>,
}

impl Client {
    pub fn connect(address: SocketAddr) -> std::io::Result<Self> {
        let stream = TcpStream::connect(address)?;
        stream.set_nodelay(true)?;
        let output = BufWriter::with_capacity(64 << 10, stream.try_clone()?);
        Ok(Self { input: BufReader::with_capacity(64 << 10, stream), output })
    }

    /// Queues one command; `flush` sends.
    pub fn queue(&mut self, arguments: &[&str]) {
        let write = |output: &mut BufWriter<TcpStream>| -> std::io::Result<()> {
            write!(output, "*{}\r\n", arguments.len())?;
            arguments.iter().try_for_each(|argument| write!(output, "${}\r\n{argument}\r\n", argument.len()))
        };
        write(&mut self.output).expect("the server reads");
    }

    pub fn flush(&mut self) {
        self.output.flush().expect("the server reads");
    }

    /// The first line of the next reply and, for a bulk, its content instead.
    pub fn reply(&mut self) -> String {
        let line = self.line();
        match line.split_at(1) {
            ("$", "-1") => "nil".to_owned(),
            ("$", length) => {
                let length: usize = length.parse().expect("a length");
                let mut content = vec![0; length + 2];
                self.input.read_exact(&mut content).expect("the server answers");
                content.truncate(length);
                String::from_utf8_lossy(&content).into_owned()
            }
            _ => line,
        }
    }

    pub fn call(&mut self, arguments: &[&str]) -> String {
        self.queue(arguments);
        self.flush();
        self.reply()
    }

    fn line(&mut self) -> String {
        let mut line = Vec::new();
        loop {
            let mut byte = [0];
            self.input.read_exact(&mut byte).expect("the server answers");
            line.push(byte[0]);
            if line.ends_with(b"\r\n") {
                line.truncate(line.len() - 2);
                return String::from_utf8_lossy(&line).into_owned();
            }
        }
    }
}
