//! JSON documents and their published schemas.

use crate::{DataMap, Error};

/// `data-map.json`, indented. Its schema is `schemas/json/data-map.schema.json`.
///
/// # Errors
/// Only a defect of gdpr4k.
pub fn data_map(map: &DataMap) -> Result<String, Error> {
    let mut text = serde_json::to_string_pretty(map)?;
    text.push('\n');
    Ok(text)
}

#[cfg(test)]
mod tests {
    use gdpr4k_model::inventory::Inventory;
    use gdpr4k_model::schemas;
    use schemars::JsonSchema;
    use schemars::generate::SchemaSettings;
    use serde_json::{Value, json};

    use super::*;
    use crate::map;

    /// `$id` of the schema of `gdpr4k scan --format json`.
    const SCAN: &str = "https://gdpr4k.example/schemas/scan.schema.json";

    /// The envelope of every document: section 3 of the command line contract.
    #[derive(JsonSchema)]
    #[expect(dead_code, reason = "only its schema is used")]
    struct Scan {
        /// `$id` of the schema of this document.
        schema: String,
        /// Version of gdpr4k.
        tool_version: String,
        /// When the document was made, RFC 3339.
        generated_at: String,
        #[schemars(flatten)]
        inventory: Inventory,
    }

    /// `$id` of the schema of `gdpr4k explain FILE --format json`.
    const EXPLAIN: &str = "https://gdpr4k.example/schemas/explain.schema.json";

    /// The answer of `gdpr4k explain FILE`: no value of a person.
    #[derive(JsonSchema)]
    #[expect(dead_code, reason = "only its schema is used")]
    struct Explain {
        /// `$id` of the schema of this document.
        schema: String,
        /// Version of gdpr4k.
        tool_version: String,
        /// When the document was made, RFC 3339.
        generated_at: String,
        /// Files in the order asked for.
        files: Vec<gdpr4k_model::explained::Explained>,
    }

    fn generate<T: JsonSchema>(id: &str, title: &str) -> String {
        let schema = SchemaSettings::draft2020_12()
            .for_serialize()
            .into_generator()
            .into_root_schema_for::<T>();
        let mut value = serde_json::to_value(schema).unwrap();
        let fields = value.as_object_mut().unwrap();
        fields.insert("$id".to_owned(), json!(id));
        fields.insert("title".to_owned(), json!(title));
        fields["properties"]["schema"] = json!({
            "const": id,
            "description": "Id of the schema of this document.",
        });
        sort(&mut value);
        serde_json::to_string_pretty(&value).unwrap() + "\n"
    }

    /// Keys in alphabetical order, so that the file does not depend on features of other crates.
    fn sort(value: &mut Value) {
        match value {
            Value::Object(fields) => {
                let mut all: Vec<_> = std::mem::take(fields).into_iter().collect();
                all.sort_by(|a, b| a.0.cmp(&b.0));
                for (key, mut field) in all {
                    sort(&mut field);
                    fields.insert(key, field);
                }
            }
            Value::Array(items) => items.iter_mut().for_each(sort),
            _ => {}
        }
    }

    /// The schema files are generated: `UPDATE_SCHEMAS=1 cargo test -p gdpr4k-report` writes them.
    #[test]
    fn the_published_schemas_are_fresh() {
        let files = [
            (
                "data-map.schema.json",
                generate::<DataMap>(map::SCHEMA, "gdpr4k report map"),
            ),
            ("scan.schema.json", generate::<Scan>(SCAN, "gdpr4k scan")),
            (
                "explain.schema.json",
                generate::<Explain>(EXPLAIN, "gdpr4k explain FILE"),
            ),
        ];
        for (name, fresh) in files {
            let path = format!("{}/../../schemas/json/{name}", env!("CARGO_MANIFEST_DIR"));
            if std::env::var_os("UPDATE_SCHEMAS").is_some() {
                std::fs::write(&path, &fresh).unwrap();
            }
            let published = std::fs::read_to_string(&path).unwrap_or_default();
            assert!(
                published == fresh,
                "schemas/json/{name} is stale: run UPDATE_SCHEMAS=1 cargo test -p gdpr4k-report"
            );
        }
        assert!(schemas::text("json/data-map.schema.json").is_some());
    }
}
