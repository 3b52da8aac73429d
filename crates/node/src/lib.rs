//! The data tier of Mainstay without IO.

pub mod acl;
pub mod command;
pub mod resp;
pub mod script;
pub mod slot;
pub mod table;
pub mod text;
pub mod value;
