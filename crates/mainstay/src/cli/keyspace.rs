//! `mainstay keyspace explain KEY`: where a key lives and why.

use super::admin_client::{get, percent_encoded};
use super::status::failed;
use super::{Exit, ExplainArgs, KeyspaceCommand};
use serde_json::Value;
use std::io::Write;

/// Asks the node and prints what it says. Exit 2: it cannot be reached.
#[must_use]
pub fn run(command: &KeyspaceCommand) -> Exit {
    let KeyspaceCommand::Explain(args) = command;
    explain(args)
}

fn explain(args: &ExplainArgs) -> Exit {
    let path = format!("/api/v1/keyspaces/explain?key={}", percent_encoded(args.key.as_bytes()));
    match get(&args.url, &path) {
        Ok(explained) => {
            let text = if args.json { format!("{explained:#}\n") } else { screen(&explained) };
            // A reader that has gone away does not change the answer.
            let _ = std::io::stdout().lock().write_all(text.as_bytes());
            Exit::Done
        }
        Err(error) => failed(&error),
    }
}

fn screen(explained: &Value) -> String {
    let text = |name: &str| explained[name].as_str().unwrap_or("?");
    let number = |name: &str| explained[name].as_u64().unwrap_or(0);
    let mut screen = format!(
        "key         {}\nkeyspace    {}: {}\nplace       slot {}, shard {}, node {}\n",
        text("key"),
        text("keyspace"),
        text("why"),
        number("slot"),
        number("shard"),
        text("node")
    );
    if explained["allowed"] == false {
        screen.push_str(&format!("refused     it is longer than the {} bytes allowed here\n", number("key_bytes_max")));
    }
    let contract = explained["declared"]["contract"].as_object();
    for (label, promise) in contract.into_iter().flatten() {
        screen.push_str(&format!("{label:<11} {}\n", promise.as_str().unwrap_or("?")));
    }
    screen
}

#[cfg(test)]
mod tests {
    use super::*;
    use serde_json::json;

    #[test]
    fn the_place_comes_first_then_the_promises() {
        let explained = json!({
            "key": "cart:1", "keyspace": "cart", "why": "its prefix", "slot": 7, "shard": 0, "node": "n1",
            "allowed": false, "key_bytes_max": 4, "declared": { "contract": { "survives": "a power loss" } },
        });
        assert_eq!(
            screen(&explained),
            "key         cart:1\nkeyspace    cart: its prefix\nplace       slot 7, shard 0, node n1\n\
             refused     it is longer than the 4 bytes allowed here\nsurvives    a power loss\n"
        );
    }
}
