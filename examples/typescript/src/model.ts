/** A first model as a blob: its root, and its upload to a gateway (docs/gateway.md). */
import { blake2b } from "@noble/hashes/blake2.js";
import { bytesToHex, concatBytes } from "@noble/hashes/utils.js";

const CHUNK_BYTES = 1024;
const hash = (...parts: Uint8Array[]): Uint8Array => blake2b(concatBytes(...parts), { dkLen: 32 });

/** A vector of fixed-point elements, cut into chunks. */
export interface Blob {
	root: string;
	body: Uint8Array<ArrayBuffer>;
}

/** Elements as the chain commits to them: a Merkle tree over chunks of 256, padded with zeros. */
export function blobOf(elements: Int32Array): Blob {
	const chunks: Uint8Array[] = [];
	for (let start = 0; start < elements.length; start += CHUNK_BYTES / 4) {
		const view = new DataView(new ArrayBuffer(CHUNK_BYTES));
		const part = elements.subarray(start, start + CHUNK_BYTES / 4);
		part.forEach((element, place) => view.setInt32(place * 4, element, true));
		chunks.push(new Uint8Array(view.buffer));
	}
	const leaves = chunks.map((chunk) => hash(chunk));
	let level: Uint8Array[] = leaves;
	for (let width = 1; width < leaves.length; width *= 2) {
		const next: Uint8Array[] = [];
		for (let place = 0; place < level.length; place += 2) {
			next.push(hash(level[place]!, level[place + 1] ?? paddingOf(width)));
		}
		level = next;
	}
	const count = new Uint8Array(new BigUint64Array([BigInt(elements.length)]).buffer);
	const root = hash(count, level[0]!);
	const body = Uint8Array.from(concatBytes(root, ...leaves, ...chunks));
	return { root: `0x${bytesToHex(root)}`, body };
}

/** The node over `width` leaves that are not there. */
function paddingOf(width: number): Uint8Array {
	if (width === 1) return new Uint8Array(32);
	const half = paddingOf(width / 2);
	return hash(half, half);
}

/** Hands a bounty's first model to a node, which takes it as soon as it knows the bounty. */
export async function upload(gateway: string, bounty: number, blob: Blob): Promise<void> {
	for (;;) {
		const url = `${gateway}/v1/bounties/${bounty}/model`;
		const answer = await fetch(url, { method: "PUT", body: blob.body });
		if (answer.ok) return;
		// Not yet known to this node, or the gateway is busy.
		if (![404, 408, 503].includes(answer.status)) throw new Error(await answer.text());
		await new Promise((done) => setTimeout(done, 1_000));
	}
}
