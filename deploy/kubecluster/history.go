package kubecluster

import (
	"context"

	"gantline.dev/gantline/deploy"
)

// History is the deploys that the inventory remembers: the last twenty.
func (t *Target) History(ctx context.Context, project string, limit int) ([]deploy.Deployed, error) {
	inventory, err := t.load(ctx, project)
	if err != nil {
		return nil, err
	}
	deploys := inventory.Deploys
	if limit > 0 {
		deploys = deploys[:min(limit, len(deploys))]
	}
	return deploys, nil
}
