// Package event is the schema of every event in the log: its types, deterministic ids, validation, and the
// codec of the CloudEvents envelope in Kafka's binary mode. It imports nothing of ours.
package event
