// Package webhook receives deliveries of trackers' webhooks over HTTP and writes each to topic workmix.raw, with what
// the delivery says is to be read anew to topic workmix.ingest, before it answers. It does nothing else with them:
// normalize takes the former values out of them, and the ingester reads the items.
//
// Only a delivery that bears the source's HMAC-SHA256 is taken. What is answered with 202 or 200 is in the log; what
// is answered otherwise is not, or may be there twice if the tracker delivers it again, which is harmless.
package webhook
