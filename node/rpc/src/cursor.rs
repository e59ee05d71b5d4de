//! Cursors: which block the pages of a list are of, and where the next one goes on.

use crate::{types::Cursor, Error};
use codec::{Decode, Encode};
use sp_core::H256;
use sp_crypto_hashing::twox_64;

/// First byte of a cursor.
const VERSION: u8 = 1;
/// Hexadecimal digits of a longer cursor than any that is made here.
const MAX_LENGTH: usize = 256;

/// What a cursor says.
#[derive(Clone, PartialEq, Eq, Debug, Encode, Decode)]
struct Place<P> {
	version: u8,
	at: H256,
	/// Digest of the method's name and what it was asked for.
	request: [u8; 8],
	position: P,
}

/// A request for pages: the method and its arguments, apart from the place.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub(crate) struct Request([u8; 8]);

impl Request {
	/// Of this method with this filter.
	pub(crate) fn new(method: &str, filter: &impl Encode) -> Self {
		Self(twox_64(&(method, filter).encode()))
	}

	/// A cursor that goes on at `position` of block `at`.
	pub(crate) fn cursor<P: Encode>(self, at: H256, position: P) -> Cursor {
		let place = Place { version: VERSION, at, request: self.0, position };
		Cursor(format!("0x{}", hex::encode(place.encode())))
	}

	/// The block and the position of a cursor that was made for this request.
	pub(crate) fn read<P: Decode>(self, cursor: &Cursor) -> Result<(H256, P), Error> {
		let place = decoded::<P>(&cursor.0).ok_or(Error::WrongCursor)?;
		if place.version != VERSION || place.request != self.0 {
			return Err(Error::WrongCursor);
		}
		Ok((place.at, place.position))
	}
}

fn decoded<P: Decode>(text: &str) -> Option<Place<P>> {
	if text.len() > MAX_LENGTH {
		return None;
	}
	let bytes = hex::decode(text.strip_prefix("0x")?).ok()?;
	let mut rest = bytes.as_slice();
	let place = Place::decode(&mut rest).ok()?;
	rest.is_empty().then_some(place)
}

#[cfg(test)]
mod tests {
	use super::*;

	const AT: H256 = H256::repeat_byte(7);

	#[test]
	fn a_cursor_says_what_it_was_made_of() {
		let request = Request::new("bounty_list", &1u32);
		assert_eq!(request.read(&request.cursor(AT, 5u32)), Ok((AT, 5u32)));
	}

	#[test]
	fn a_cursor_of_another_request_or_form_is_wrong() {
		let request = Request::new("bounty_list", &1u32);
		let cursor = request.cursor(AT, 5u32);
		let wrong = |request: Request, cursor: &Cursor| {
			assert_eq!(request.read::<u32>(cursor), Err(Error::WrongCursor), "{cursor:?}");
		};
		wrong(Request::new("bounty_list", &2u32), &cursor);
		wrong(Request::new("node_list", &1u32), &cursor);
		wrong(request, &request.cursor(AT, 5u8));
		wrong(request, &request.cursor(AT, 5u64));
		for text in ["", "0x", "0xzz", &cursor.0[2..], &format!("0x02{}", &cursor.0[4..])] {
			wrong(request, &Cursor(text.into()));
		}
		wrong(request, &Cursor(format!("0x{}", "00".repeat(1 << 20))));
	}
}
