package build

import "context"

// Find asks the registry for the digest that a tag of the repository names;
// empty where there is no such tag.
func Find(ctx context.Context, remote *Remote, repository, tag string) (string, error) {
	repo, err := remote.open(ctx, repository)
	if err != nil {
		return "", err
	}
	head, err := repo.head(ctx, tag)
	if err != nil || head == nil {
		return "", err
	}
	return head.Digest.String(), nil
}
