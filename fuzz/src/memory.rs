//! Counts what is allocated, to see that decoders stay within bounds.

use std::{
	alloc::{GlobalAlloc, Layout, System},
	sync::atomic::{AtomicUsize, Ordering::Relaxed},
};

static IN_USE: AtomicUsize = AtomicUsize::new(0);
static MOST: AtomicUsize = AtomicUsize::new(0);

/// The system's allocator, counted.
pub struct Counted;

// SAFETY: everything is left to the system's allocator.
unsafe impl GlobalAlloc for Counted {
	unsafe fn alloc(&self, layout: Layout) -> *mut u8 {
		let now = IN_USE.fetch_add(layout.size(), Relaxed) + layout.size();
		MOST.fetch_max(now, Relaxed);
		unsafe { System.alloc(layout) }
	}

	unsafe fn dealloc(&self, start: *mut u8, layout: Layout) {
		IN_USE.fetch_sub(layout.size(), Relaxed);
		unsafe { System.dealloc(start, layout) }
	}
}

/// Runs `work` and returns the most bytes that were allocated at a time for it. Needs [`Counted`]
/// as the program's allocator.
pub fn most_allocated<T>(work: impl FnOnce() -> T) -> (T, usize) {
	let before = IN_USE.load(Relaxed);
	MOST.store(before, Relaxed);
	let done = work();
	(done, MOST.load(Relaxed).saturating_sub(before))
}
