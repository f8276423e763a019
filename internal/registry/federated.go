package registry

import (
	"io"

	ecr "github.com/awslabs/amazon-ecr-credential-helper/ecr-login"
	"github.com/google/go-containerregistry/pkg/authn"
	"github.com/google/go-containerregistry/pkg/authn/github"
	"github.com/google/go-containerregistry/pkg/v1/google"
)

// everywhere finds what the user's Docker configuration has for a registry, its
// helpers included, and else what this machine is to the cloud that the registry
// belongs to: a CI job with a federated identity (OIDC), a virtual machine with a
// role, somebody who has logged in with the cloud's own command. Each of these
// asks nobody about registries of others.
//
//   - Amazon ECR: as the AWS SDK finds credentials (environment, web identity,
//     profile, role of the machine).
//   - Google Artifact Registry and Container Registry: application default
//     credentials, else gcloud.
//   - Azure Container Registry: as azidentity's DefaultAzureCredential does
//     (environment, workload identity, managed identity, az).
//   - GitHub's ghcr.io: GITHUB_TOKEN.
func everywhere() authn.Keychain {
	return authn.NewMultiKeychain(
		authn.DefaultKeychain,
		authn.NewKeychainFromHelper(ecr.NewECRHelper(ecr.WithLogger(io.Discard))),
		google.Keychain,
		azure{exchange: exchangeAt, token: azureToken},
		github.Keychain,
	)
}
