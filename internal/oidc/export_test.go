package oidc

// What the tests of other corps' rows reach for: the statements are the last door,
// behind operations that look first.
var (
	UpdateClientRow       = updateClient
	UpdateClientSecretRow = updateClientSecret
	DeleteClientRow       = deleteClient
)
