//! What the engine asks of the shell beside time and log.

use crate::telemetry::Logger;
use mainstay_node::engine::Background;
use mainstay_node::script::LogLevel;
use std::sync::mpsc::{Sender, channel};
use std::time::Duration;

/// Frees large values on a thread of its own, and gives a busy thread's work away.
pub(super) struct Helper {
    garbage: Sender<Box<dyn Send>>,
    logger: Logger,
}

impl Helper {
    pub(super) fn start(logger: Logger) -> std::io::Result<Self> {
        let (garbage, bin) = channel::<Box<dyn Send>>();
        std::thread::Builder::new().name("free".to_owned()).spawn(move || bin.into_iter().for_each(drop))?;
        Ok(Self { garbage, logger })
    }
}

impl Background for Helper {
    fn free(&self, item: Box<dyn Send>) {
        // If the thread is gone, the item comes back in the error and is freed here.
        let _ = self.garbage.send(item);
    }

    fn hand_off(&self) {
        if tokio::runtime::Handle::try_current().is_ok() {
            // The pause lets another thread take this worker's queue; the script then goes on without being a worker.
            tokio::task::block_in_place(|| std::thread::sleep(Duration::from_millis(1)));
        }
    }

    fn script_log(&self, level: LogLevel, message: &[u8]) {
        let text = String::from_utf8_lossy(message);
        let target = "script";
        match level {
            LogLevel::Debug | LogLevel::Verbose => self.logger.debug(target, &text, &[]),
            LogLevel::Notice => self.logger.info(target, &text, &[]),
            LogLevel::Warning => self.logger.warn(target, &text, &[]),
        }
    }
}
