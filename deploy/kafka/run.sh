#!/bin/bash
# A real Apache Kafka for tests: one node (KRaft) on free loopback ports, its data in a temporary folder.
#
#   deploy/kafka/run.sh COMMAND...   runs the command with the addresses in its environment, then stops Kafka
#   deploy/kafka/run.sh              prints the addresses, and stops when standard input ends
#
# It stops after WORKMIX_KAFKA_SECONDS (900) in any case. Needs Java 17 or newer, and Maven to fetch Kafka once.
# The addresses: WORKMIX_TEST_KAFKA is plain text; WORKMIX_TEST_KAFKA_TLS wants TLS, with the certificate in
# WORKMIX_TEST_KAFKA_CA, and SCRAM-SHA-512 as user workmix with WORKMIX_TEST_KAFKA_PASSWORD.
set -euo pipefail
here=$(cd "$(dirname "$0")" && pwd)
for tool in java keytool mvn; do
  command -v $tool >/dev/null || { echo "$tool is missing: the tests on a real Kafka need Java 17 or newer (JDK) and Maven" >&2; exit 1; }
done
jars=$here/target/jars
[ "$jars/.fetched" -nt "$here/pom.xml" ] || {
  rm -rf "$jars"
  mvn -q -B -f "$here/pom.xml" dependency:copy-dependencies >&2
  touch "$jars/.fetched"
}

dir=$(mktemp -d)
trap 'rm -rf "$dir"' EXIT

port() { # a free port, below those that the system gives to clients
  local p
  while p=$((10000 + RANDOM % 20000)); (exec 3<>"/dev/tcp/127.0.0.1/$p") 2>/dev/null; do :; done
  echo "$p"
}
plain=$(port) tls=$(port) controller=$(port)
password=$(head -c 16 /dev/urandom | od -An -tx1 | tr -d ' \n')

keytool -genkeypair -keystore "$dir/key.p12" -storetype PKCS12 -storepass "$password" -alias kafka -keyalg EC \
  -groupname secp256r1 -validity 30 -dname CN=127.0.0.1 -ext san=ip:127.0.0.1 2>/dev/null
keytool -exportcert -rfc -keystore "$dir/key.p12" -storepass "$password" -alias kafka >"$dir/ca.pem" 2>/dev/null

cat >"$dir/server.properties" <<END
process.roles=broker,controller
node.id=1
controller.quorum.voters=1@127.0.0.1:$controller
listeners=PLAIN://127.0.0.1:$plain,SAFE://127.0.0.1:$tls,CONTROLLER://127.0.0.1:$controller
listener.security.protocol.map=PLAIN:PLAINTEXT,SAFE:SASL_SSL,CONTROLLER:PLAINTEXT
controller.listener.names=CONTROLLER
inter.broker.listener.name=PLAIN
ssl.keystore.location=$dir/key.p12
ssl.keystore.type=PKCS12
ssl.keystore.password=$password
sasl.enabled.mechanisms=SCRAM-SHA-512
listener.name.safe.scram-sha-512.sasl.jaas.config=org.apache.kafka.common.security.scram.ScramLoginModule required;
log.dirs=$dir/data
message.max.bytes=18000000
log.retention.ms=-1
auto.create.topics.enable=false
offsets.topic.replication.factor=1
transaction.state.log.replication.factor=1
transaction.state.log.min.isr=1
share.coordinator.state.topic.replication.factor=1
share.coordinator.state.topic.min.isr=1
group.initial.rebalance.delay.ms=0
END

run() { java -Xmx512m -XX:+UseSerialGC -XX:TieredStopAtLevel=1 -Dlog4j2.level=ERROR -cp "$jars/*" "$@"; }
run kafka.tools.StorageTool format --cluster-id workmixworkmixworkmixw --config "$dir/server.properties" \
  --add-scram "SCRAM-SHA-512=[name=workmix,password=$password]" >"$dir/format" 2>&1 || { cat "$dir/format" >&2; exit 1; }
seconds=${WORKMIX_KAFKA_SECONDS:-900}
java -Xmx1g -XX:+UseSerialGC -Dlog4j2.level=ERROR -cp "$jars/*" kafka.Kafka "$dir/server.properties" >"$dir/out" 2>&1 &
kafka=$!
# The warden ends Kafka once this script, which alone holds the other end of the pipe, is gone for whatever reason.
mkfifo "$dir/pipe"
(
  trap '' INT TERM HUP
  read -r -t "$seconds" _ <"$dir/pipe" || true
  kill -9 $kafka 2>/dev/null
  rm -rf "$dir"
) >/dev/null 2>&1 &
warden=$!
exec 9>"$dir/pipe"
trap 'exec 9>&-; wait $warden $kafka 2>/dev/null || true; rm -rf "$dir"' EXIT
trap 'exit 130' INT TERM HUP
for ((i = 0; ; i++)); do
  (exec 3<>"/dev/tcp/127.0.0.1/$plain" && exec 4<>"/dev/tcp/127.0.0.1/$tls") 2>/dev/null && break
  if ((i > 600)) || ! kill -0 $kafka 2>/dev/null; then
    echo "Kafka did not start:" >&2
    cat "$dir/out" >&2
    exit 1
  fi
  sleep 0.1
done

export WORKMIX_TEST_KAFKA=127.0.0.1:$plain WORKMIX_TEST_KAFKA_TLS=127.0.0.1:$tls
export WORKMIX_TEST_KAFKA_CA=$dir/ca.pem WORKMIX_TEST_KAFKA_PASSWORD=$password
if (($# > 0)); then
  status=0
  "$@" 9>&- || status=$?
  cat "$dir/out" >&2
  exit $status
fi
env | grep '^WORKMIX_TEST_KAFKA'
read -r -t "$seconds" _ || true
