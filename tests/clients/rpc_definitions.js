/** polkadot-js's `rpc` option for the node's own methods, made from their OpenRPC document. */

const TYPES = {
	"#/components/schemas/Account": "AccountId",
	"#/components/schemas/Cursor": "Bytes",
	"#/components/schemas/HexHash": "H256",
	integer: "u32",
};

/** All others, objects that is, travel as they are. */
const typeOf = (schema) => TYPES[schema.$ref ?? schema.type] ?? "Json";

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
