package report

import _ "embed" // the schema below

//go:embed auditschema.json
var auditSchema []byte

// AuditSchema is the JSON schema (draft 2020-12) of what AuditJSON writes.
// Later versions add fields and take none away.
func AuditSchema() ([]byte, error) { return auditSchema, nil }
