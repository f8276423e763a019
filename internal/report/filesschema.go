package report

import _ "embed" // the schema below

//go:embed filesschema.json
var filesSchema []byte

// FilesSchema is the JSON schema (draft 2020-12) of what FilesJSON writes.
// Later versions add fields and take none away.
func FilesSchema() ([]byte, error) { return filesSchema, nil }
