//! Commands of Redis Cluster. Without a cluster they all refuse, as Redis does, and by that clients know.

use super::{Command, Failure, Flags, Group, Run};
use crate::engine::{Call, Flow};

const fn sub(name: &'static str, arity: i16, summary: &'static str) -> Command {
    Command::new(name, arity, Group::Cluster, Run::Session(disabled)).flags(Flags::STALE).doc("3.0.0", "O(1)", summary)
}

/// The rows of this family.
pub const COMMANDS: &[Command] = &[Command::new("cluster", -2, Group::Cluster, Run::Container)
    .subcommands(CLUSTER)
    .doc("3.0.0", "that of the subcommand", "A container for commands about the cluster.")];

const CLUSTER: &[Command] = &[
    sub("info", 2, "Tells the state of the cluster."),
    sub("slots", 2, "Tells which node serves which hash slots."),
    sub("shards", 2, "Tells which nodes serve which hash slots."),
    sub("nodes", 2, "Lists the nodes of the cluster."),
    sub("links", 2, "Lists the connections between nodes."),
    sub("myid", 2, "Tells the id of this node."),
    sub("keyslot", 3, "Tells the hash slot of a key."),
    sub("countkeysinslot", 3, "Counts the keys of a hash slot."),
    sub("getkeysinslot", 4, "Lists keys of a hash slot."),
    sub("replicas", 3, "Lists the replicas of a node.").flags(Flags::ADMIN.union(Flags::STALE)),
    sub("help", 2, "Tells what the subcommands do.").flags(Flags::LOADING.union(Flags::STALE)),
];

/// The answer to every command that needs a cluster.
pub(super) fn disabled(_call: &mut Call<'_>, _args: &[&[u8]]) -> Result<Flow, Failure> {
    Err(Failure::Fixed("ERR This instance has cluster support disabled"))
}
