//! Tables for people.

use crate::context::Out;
use anyhow::Result;
use comfy_table::{presets, Table};
use sp_runtime::Permill;

/// A table with a header line.
pub fn of(header: &[&str]) -> Table {
	let mut table = Table::new();
	table.load_style(presets::NOTHING);
	table.set_header(header.to_vec());
	table
}

/// A table of names and values.
pub fn properties(rows: Vec<(&str, String)>) -> Table {
	let mut table = Table::new();
	table.load_style(presets::NOTHING);
	for (name, value) in rows {
		table.add_row(vec![name.to_owned(), value]);
	}
	table
}

/// Text that somebody else wrote, without what would command a terminal.
pub fn text(bytes: &[u8]) -> String {
	let text = String::from_utf8_lossy(bytes);
	text.replace(char::is_control, "\u{fffd}")
}

/// A part as a percentage.
pub fn percent(part: Permill) -> f64 {
	f64::from(part.deconstruct()) / 10_000.0
}

/// Writes a table without spaces at the ends of lines.
pub fn write(out: Out<'_>, table: &Table) -> Result<()> {
	writeln!(out, "{}", table.trim_fmt())?;
	Ok(out.flush()?)
}

#[cfg(test)]
mod tests {
	#[test]
	fn text_of_others_does_not_command_the_terminal() {
		assert_eq!(super::text(b"{\"rate\": 0.1}"), "{\"rate\": 0.1}");
		assert_eq!(super::text(b"\x1b[2Jgone\n\xff"), "\u{fffd}[2Jgone\u{fffd}\u{fffd}");
	}
}
