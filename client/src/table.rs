//! Tables for people.

use crate::context::Out;
use anyhow::Result;
use comfy_table::{presets, Table};

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

/// Writes a table without spaces at the ends of lines.
pub fn write(out: Out<'_>, table: &Table) -> Result<()> {
	writeln!(out, "{}", table.trim_fmt())?;
	Ok(out.flush()?)
}
