//! The data tier of Mainstay without IO: protocol, keyspaces, shards, commands, engine.
//!
//! Modules in the order in which a request meets them: [`resp`] finds it in the bytes, [`command`] names it, [`engine`] takes the
//! shards and runs it, [`shard`] holds the keys, [`table`] and [`value`] are what they are made of, [`record`] is what the log keeps.
//!
//! ```
//! use mainstay_node::acl::Acl;
//! use mainstay_node::engine::{ClientInfo, Engine, Settings};
//! use mainstay_node::keyspace::Keyspaces;
//! use mainstay_node::resp::{Encoder, Protocol};
//! use mainstay_node::session::Session;
//! use mainstay_node::shell::{ManualClock, NoLog};
//!
//! let engine = Engine::new(Keyspaces::only_default(), Settings::default(), Acl::new(mainstay_node::command::index()), Box::new(NoLog), Box::new(ManualClock::default()), 1);
//! let mut session = Session::new(ClientInfo::detached(1), engine.dice());
//! let mut reply = Encoder::new(Vec::new(), Protocol::Resp2);
//! engine.execute(&mut session, &[b"SET", b"greeting", b"hello"], &mut reply);
//! engine.execute(&mut session, &[b"GET", b"greeting"], &mut reply);
//! assert_eq!(reply.bytes(), b"+OK\r\n$5\r\nhello\r\n");
//! ```

pub mod acl;
pub mod command;
pub mod engine;
pub mod keyspace;
pub mod record;
pub mod resp;
pub mod script;
pub mod session;
pub mod shard;
pub mod shell;
pub mod slot;
pub mod table;
pub mod text;
pub mod value;
