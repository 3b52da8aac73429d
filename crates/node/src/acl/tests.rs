//! Tables observed at redis-server 7.0.15, laws of the rule language, and the parts that have no observable twin.

mod calls;
mod files;
mod lists;
mod logs;
mod table;
