/** polkadot-js's `rpc` option for the node's own methods, made from their OpenRPC document. */

const TYPES = { integer: "u32", string: "Text" };

/** Objects, and what may be an object or null, travel as they are. */
const typeOf = (schema) => TYPES[schema.type] ?? (isText(schema) ? "Text" : "Json");
const isText = (schema) => /\/(Account|HexHash|Cursor|Amount)$/.test(schema.$ref ?? "");

const paramsOf = (method) =>
	method.params.map(({ name, required, schema }) => {
		const type = required ? typeOf(schema) : `Option<${typeOf(schema)}>`;
		return { name, type, isOptional: !required };
	});

/** `bounty_get` becomes `api.rpc.bounty.get`, and `bounty_subscribe` `api.rpc.bounty.subscribe`. */
export function rpcDefinitions(document) {
	const sections = {};
	for (const method of document.methods) {
		const [section, name] = method.name.split("_");
		if (name === "unsubscribe") continue;
		const definition = { description: method.summary, params: paramsOf(method), type: "Json" };
		const told = method["x-notification"];
		if (told) {
			const withoutSection = (text) => text.slice(section.length + 1);
			definition.pubsub = [told.name, method.name, told.unsubscribe].map(withoutSection);
		}
		sections[section] = { ...sections[section], [name]: definition };
	}
	return sections;
}
