/** The key that signs. A web page takes it from a wallet instead: `polkadot-api/pjs-signer`. */
import { sr25519CreateDerive } from "@polkadot-labs/hdkd";
import { DEV_PHRASE, entropyToMiniSecret, mnemonicToEntropy } from "@polkadot-labs/hdkd-helpers";
import { getPolkadotSigner } from "polkadot-api/signer";

/** From a secret phrase, with a derivation or without; `//Name` derives from the public phrase of
 * development keys. */
export function signerOf(secret: string) {
	const [phrase, ...derivation] = secret.split(/(?=\/)/);
	const [words, path] = phrase!.startsWith("/")
		? [DEV_PHRASE, secret]
		: [phrase!, derivation.join("")];
	const key = sr25519CreateDerive(entropyToMiniSecret(mnemonicToEntropy(words.trim())))(path);
	return getPolkadotSigner(key.publicKey, "Sr25519", key.sign);
}
