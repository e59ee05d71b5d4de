//! Calls that break rules on purpose, made from calls that do not.

use crate::{
	play::{How, Play, Sender, EVERYBODY},
	support::account,
	world::World,
};
use codec::{Decode, DecodeAll, Encode};
use pallet_model_updates::Call as Updates;
use rand::RngExt;
use sheaf_runtime::{RuntimeCall, UncheckedExtrinsic};

impl World {
	/// Somebody sends what it should not, or what makes no sense.
	pub fn misbehave(&mut self) {
		match self.random.random_range(0..100) {
			0..12 => self.replay(),
			12..22 => self.flip(),
			22..40 => {
				let play = self.by_another();
				self.send(play);
			}
			40..60 => {
				let play = self.twisted();
				self.send(play);
			}
			60..75 => {
				let play = self.made_up();
				self.send(play);
			}
			_ => {
				let play = self.trick().unwrap_or_else(|| self.made_up());
				self.send(play);
			}
		}
	}

	fn earlier(&mut self) -> Option<(Play, UncheckedExtrinsic)> {
		match self.sent.len() {
			0 => None,
			count => self.sent.get(self.random.random_range(0..count)).cloned(),
		}
	}

	fn replay(&mut self) {
		if let Some((play, transaction)) = self.earlier() {
			self.send_transaction(Play { how: How::Replayed, ..play }, transaction);
		}
	}

	/// Sends an earlier transaction with a changed bit, if it still is one.
	fn flip(&mut self) {
		let Some((play, transaction)) = self.earlier() else { return };
		for _ in 0..20 {
			let mut bytes = transaction.encode();
			let place = self.random.random_range(0..bytes.len());
			bytes[place] ^= 1 << self.random.random_range(0..8);
			if let Ok(flipped) = UncheckedExtrinsic::decode(&mut &bytes[..]) {
				let call = flipped.function.clone();
				return self.send_transaction(Play { how: How::Flipped, call, ..play }, flipped);
			}
		}
	}

	/// What one might send now, sent by another.
	fn by_another(&mut self) -> Play {
		let mut play = self.honest_play();
		play.how = How::ByAnother;
		let other = self.one_of(&EVERYBODY).unwrap();
		play.sender = match play.sender {
			Sender::Account(_) if self.chance(0.2) => Sender::Nobody,
			Sender::Account(_) | Sender::Nobody | Sender::Root => Sender::Account(other),
			Sender::Verifier(_) if self.chance(0.2) => Sender::Account(other),
			Sender::Verifier(_) => {
				if self.chance(0.5) {
					change_statement(&mut play.call, |message| message.verifier = account(other));
				}
				Sender::Verifier(other)
			}
		};
		play
	}

	/// What one might send now, with changed arguments, rightly signed.
	fn twisted(&mut self) -> Play {
		let mut play = self.honest_play();
		play.how = How::Twisted;
		let statement = matches!(play.sender, Sender::Verifier(_));
		for _ in 0..20 {
			let call = match &play.call {
				RuntimeCall::ModelUpdates(Updates::submit_statement { message, signature })
					if statement =>
				{
					self.twist(message.as_ref(), 0).map(|message| {
						let (message, signature) = (Box::new(message), signature.clone());
						Updates::submit_statement { message, signature }.into()
					})
				}
				// Pallet and call stay.
				call => self.twist(call, 2),
			};
			if let Some(call) = call {
				play.call = call;
				return play;
			}
		}
		play
	}

	/// A value whose encoding differs in one to three bytes from the `kept`-th on.
	fn twist<Value: Encode + DecodeAll>(&mut self, value: &Value, kept: usize) -> Option<Value> {
		let mut bytes = value.encode();
		for _ in 0..self.random.random_range(1..=3) {
			if bytes.len() <= kept {
				return None;
			}
			// Most fields that matter stand at the beginning.
			let most = if self.chance(0.5) { bytes.len() } else { bytes.len().min(kept + 80) };
			let place = self.random.random_range(kept..most);
			bytes[place] = match self.random.random_range(0..4) {
				0 => bytes[place].wrapping_add(1),
				1 => bytes[place].wrapping_sub(1),
				2 => 0xff,
				_ => self.random.random(),
			};
		}
		Value::decode_all(&mut &bytes[..]).ok()
	}
}

/// Changes the message of a statement.
fn change_statement(
	call: &mut RuntimeCall,
	change: impl FnOnce(&mut sheaf_training::VerifierMessage),
) {
	if let RuntimeCall::ModelUpdates(Updates::submit_statement { message, .. }) = call {
		change(message);
	}
}
