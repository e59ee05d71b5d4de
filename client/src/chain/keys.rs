//! The key that signs: from a file that only its owner can read, or from the environment.

use sheaf_training::AccountId;
use std::{fs, io, path::Path, str::FromStr};
use subxt_signer::{polkadot_js_compat, sr25519::Keypair, SecretUri};

/// Environment variable with a secret phrase or a derivation such as `//Alice`.
pub const KEY_VARIABLE: &str = "SHEAF_KEY";
/// Environment variable with the password of a polkadot-js keystore file.
pub const PASSWORD_VARIABLE: &str = "SHEAF_PASSWORD";

/// Why there is no key to sign with.
#[derive(Debug, thiserror::Error)]
pub enum KeyError {
	/// Neither a file nor the variable.
	#[error("this command signs: give --key-file FILE, or set SHEAF_KEY (never as an argument)")]
	Missing,
	/// The file cannot be read.
	#[error("cannot read the key file {path}: {error}")]
	Unreadable {
		/// The file.
		path: String,
		/// Why.
		error: io::Error,
	},
	/// Others can read the file.
	#[error("the key file {path} can be read by others (mode {mode:o}): run `chmod 600 {path}`")]
	Exposed {
		/// The file.
		path: String,
		/// Its permissions.
		mode: u32,
	},
	/// Not a phrase, seed or derivation.
	#[error("the key is not a secret phrase, a seed or a derivation such as //Alice")]
	Malformed,
	/// Not a keystore, or a wrong password.
	#[error("cannot open the keystore file {path} ({reason}): set SHEAF_PASSWORD to its password")]
	Locked {
		/// The file.
		path: String,
		/// Why.
		reason: String,
	},
}

/// A key pair and its account.
#[derive(Clone)]
pub struct Signer {
	keypair: Keypair,
	account: AccountId,
}

impl std::fmt::Debug for Signer {
	fn fmt(&self, formatter: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
		write!(formatter, "Signer({})", crate::address(&self.account))
	}
}

impl Signer {
	/// From `file` if given, else from the variable `SHEAF_KEY`.
	///
	/// # Errors
	///
	/// [`KeyError`]; messages never contain the secret.
	pub fn load(file: Option<&Path>) -> Result<Self, KeyError> {
		match (file, std::env::var(KEY_VARIABLE)) {
			(Some(file), _) => Self::from_file(file),
			(None, Ok(secret)) if !secret.trim().is_empty() => Self::from_secret(&secret),
			_ => Err(KeyError::Missing),
		}
	}

	/// From a secret phrase, a hexadecimal seed or a derivation of the development phrase.
	pub fn from_secret(secret: &str) -> Result<Self, KeyError> {
		let uri = SecretUri::from_str(secret.trim()).map_err(|_| KeyError::Malformed)?;
		let keypair = Keypair::from_uri(&uri).map_err(|_| KeyError::Malformed)?;
		Ok(Self::new(keypair))
	}

	/// From a file with a secret phrase, or a polkadot-js keystore with a password.
	pub fn from_file(file: &Path) -> Result<Self, KeyError> {
		let path = file.display().to_string();
		let unreadable = |error| KeyError::Unreadable { path: path.clone(), error };
		refuse_exposed(file, &path)?;
		let text = fs::read_to_string(file).map_err(unreadable)?;
		if !text.trim_start().starts_with('{') {
			return Self::from_secret(&text);
		}
		let locked = |reason: String| KeyError::Locked { path: path.clone(), reason };
		let password = match std::env::var(PASSWORD_VARIABLE) {
			Ok(password) => password,
			Err(_) => ask_password().map_err(|error| locked(error.to_string()))?,
		};
		let keypair = polkadot_js_compat::decrypt_json(&text, &password)
			.map_err(|error| locked(why_closed(&error)))?;
		Ok(Self::new(keypair))
	}

	fn new(keypair: Keypair) -> Self {
		let account = AccountId::new(keypair.public_key().0);
		Self { keypair, account }
	}

	/// The account that the key controls.
	pub fn account(&self) -> &AccountId {
		&self.account
	}

	pub(super) fn keypair(&self) -> &Keypair {
		&self.keypair
	}
}

/// Why a keystore stays closed.
fn why_closed(error: &polkadot_js_compat::Error) -> String {
	match error {
		polkadot_js_compat::Error::Secretbox(_) => "the password is wrong".into(),
		error => error.to_string(),
	}
}

#[cfg(unix)]
fn refuse_exposed(file: &Path, path: &str) -> Result<(), KeyError> {
	use std::os::unix::fs::PermissionsExt;
	let metadata =
		fs::metadata(file).map_err(|error| KeyError::Unreadable { path: path.into(), error })?;
	let mode = metadata.permissions().mode() & 0o777;
	match mode & 0o077 {
		0 => Ok(()),
		_ => Err(KeyError::Exposed { path: path.into(), mode }),
	}
}

#[cfg(not(unix))]
fn refuse_exposed(_file: &Path, _path: &str) -> Result<(), KeyError> {
	Ok(())
}

/// Asks at the terminal, without echo.
fn ask_password() -> io::Result<String> {
	use io::{BufRead, IsTerminal, Write};
	if !io::stdin().is_terminal() {
		return Err(io::Error::other("there is no terminal to ask at"));
	}
	let _hidden = HiddenInput::start()?;
	let mut stderr = io::stderr();
	write!(stderr, "Password of the keystore: ")?;
	stderr.flush()?;
	let mut line = String::new();
	io::stdin().lock().read_line(&mut line)?;
	writeln!(stderr)?;
	Ok(line.trim_end_matches(['\r', '\n']).to_owned())
}

/// The terminal does not show what is typed as long as this lives.
struct HiddenInput;

impl HiddenInput {
	fn start() -> io::Result<Self> {
		stty("-echo")?;
		Ok(Self)
	}
}

impl Drop for HiddenInput {
	fn drop(&mut self) {
		let _ = stty("echo");
	}
}

fn stty(setting: &str) -> io::Result<()> {
	let status = std::process::Command::new("stty").arg(setting).status()?;
	match status.success() {
		true => Ok(()),
		false => Err(io::Error::other("stty failed")),
	}
}

#[cfg(all(test, unix))]
mod tests {
	use super::*;
	use std::os::unix::fs::PermissionsExt;

	const ALICE: &str = "5GrwvaEF5zXb26Fz9rcQpDWS57CtERHpNehXCPcNoHGKutQY";

	fn key_file(text: &str, mode: u32) -> tempfile::NamedTempFile {
		let file = tempfile::NamedTempFile::new().unwrap();
		fs::write(file.path(), text).unwrap();
		fs::set_permissions(file.path(), fs::Permissions::from_mode(mode)).unwrap();
		file
	}

	#[test]
	fn a_derivation_gives_the_well_known_account() {
		let signer = Signer::from_secret("//Alice\n").unwrap();
		assert_eq!(crate::address(signer.account()), ALICE);
	}

	#[test]
	fn a_private_file_with_a_phrase_is_read() {
		let file = key_file("//Alice\n", 0o600);
		assert_eq!(crate::address(Signer::from_file(file.path()).unwrap().account()), ALICE);
	}

	#[test]
	fn a_file_that_others_can_read_is_refused() {
		for mode in [0o644, 0o640, 0o604, 0o620] {
			let file = key_file("//Alice\n", mode);
			assert!(matches!(Signer::from_file(file.path()), Err(KeyError::Exposed { .. })));
		}
	}

	#[test]
	fn a_locked_keystore_says_what_to_do() {
		let error = polkadot_js_compat::decrypt_json("{}", "password").unwrap_err();
		let error = KeyError::Locked { path: "key.json".into(), reason: why_closed(&error) };
		let text = error.to_string();
		assert!(text.starts_with("cannot open the keystore file key.json ("), "{text}");
		assert!(text.ends_with("): set SHEAF_PASSWORD to its password"), "{text}");
	}

	#[test]
	fn messages_do_not_contain_the_secret() {
		let error = Signer::from_secret("not really a phrase").unwrap_err();
		assert!(!error.to_string().contains("really"));
	}
}
