//! Room on the disk of the data directory.

#![allow(unsafe_code)]

use super::exposition::Page;
use std::ffi::CString;
use std::mem::MaybeUninit;
use std::os::unix::ffi::OsStrExt;
use std::path::Path;

/// Its size, and what is free for the process.
pub(super) fn families(page: &mut Page, dir: &Path) {
    let Some((size, free)) = space(dir) else { return };
    page.gauge("mainstay_disk_size_bytes", "Size of the file system with the data directory.", size);
    page.gauge("mainstay_disk_free_bytes", "Bytes of it that the node may still use.", free);
    let used = size.saturating_sub(free) as f64 / size.max(1) as f64;
    page.gauge("mainstay_disk_utilization_ratio", "Share of it that is used.", used);
}

fn space(dir: &Path) -> Option<(u64, u64)> {
    let path = CString::new(dir.as_os_str().as_bytes()).ok()?;
    let mut found = MaybeUninit::<libc::statvfs>::uninit();
    // SAFETY: `path` ends with a zero byte and `found` has room for the whole structure; both live until the call returns.
    let result = unsafe { libc::statvfs(path.as_ptr(), found.as_mut_ptr()) };
    if result != 0 {
        return None;
    }
    // SAFETY: the call returned 0, so it has filled the structure.
    let found = unsafe { found.assume_init() };
    Some((found.f_blocks.checked_mul(found.f_frsize)?, found.f_bavail.checked_mul(found.f_frsize)?))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_directory_has_a_size_and_an_absent_one_none() {
        let (size, free) = space(Path::new("/")).expect("the root");
        assert!(size > 0 && free <= size);
        assert_eq!(space(Path::new("/no/such/directory")), None);
    }
}
