package normalize

import (
	"errors"

	"github.com/workmix/workmix/internal/event"
)

func (n *Normalizer) jira(*event.Raw, int64) ([]event.Payload, error) {
	return nil, errors.New("records of Jira are not read yet")
}
