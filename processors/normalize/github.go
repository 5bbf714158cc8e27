package normalize

import (
	"errors"

	"github.com/workmix/workmix/internal/event"
)

func (n *Normalizer) github(*event.Raw, int64) ([]event.Payload, error) {
	return nil, errors.New("records of GitHub are not read yet")
}
