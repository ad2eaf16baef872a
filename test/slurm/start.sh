#!/bin/bash
# Starts a Slurm cluster of one node, this machine, that keeps everything in one folder and touches nothing else.
#
#   apt-get install -y --no-install-recommends slurm-wlm munge
#   test/slurm/start.sh FOLDER          prints the path of slurm.conf: export SLURM_CONF with it
#   test/slurm/start.sh --stop FOLDER   stops the cluster's daemons
set -euo pipefail

if [ "${1:-}" = --stop ]; then
  for name in slurmd slurmctld munged; do
    if [ -f "$2/$name.pid" ]; then kill "$(cat "$2/$name.pid")" 2>/dev/null || true; fi
  done
  exit 0
fi

mkdir -p "$1"
folder=$(cd "$1" && pwd)
user=$(id -un)
host=$(hostname -s)
cpus=$(nproc)
# Two ports that depend on the process, so that clusters of two test runs do not meet.
port=$((20000 + $$ % 20000 * 2))

chmod 755 "$folder"
mkdir -p "$folder"/{munge,state,spool}
head -c 1024 /dev/urandom > "$folder/munge/key"
chmod 600 "$folder/munge/key"
chmod 755 "$folder/munge"
munged --force --key-file="$folder/munge/key" --socket="$folder/munge/socket" \
  --pid-file="$folder/munged.pid" --log-file="$folder/munge/log" --seed-file="$folder/munge/seed"

cat > "$folder/slurm.conf" <<CONF
ClusterName=test
SlurmctldHost=$host(127.0.0.1)
SlurmctldPort=$port
SlurmdPort=$((port + 1))
SlurmUser=$user
SlurmdUser=$user
AuthType=auth/munge
AuthInfo=socket=$folder/munge/socket
CredType=cred/munge
ProctrackType=proctrack/linuxproc
TaskPlugin=task/none
SelectType=select/cons_tres
SelectTypeParameters=CR_CPU
SchedulerParameters=sched_interval=1,bf_interval=1,batch_sched_delay=0,defer_batch=no
AccountingStorageType=accounting_storage/none
JobAcctGatherType=jobacct_gather/none
StateSaveLocation=$folder/state
SlurmdSpoolDir=$folder/spool
SlurmctldPidFile=$folder/slurmctld.pid
SlurmdPidFile=$folder/slurmd.pid
SlurmctldLogFile=$folder/slurmctld.log
SlurmdLogFile=$folder/slurmd.log
SlurmctldTimeout=30
SlurmdTimeout=30
KillWait=5
MinJobAge=60
ReturnToService=2
MpiDefault=none
NodeName=$host NodeAddr=127.0.0.1 CPUs=$cpus State=UNKNOWN
PartitionName=main Nodes=$host Default=YES MaxTime=INFINITE State=UP
PartitionName=preemptible Nodes=$host MaxTime=INFINITE State=UP
CONF

export SLURM_CONF="$folder/slurm.conf"
slurmctld -c > "$folder/slurmctld.out" 2>&1
slurmd -c > "$folder/slurmd.out" 2>&1
for _ in $(seq 100); do
  if [ "$(sinfo --noheader --partition=main --format=%t 2>/dev/null)" = idle ]; then
    echo "$SLURM_CONF"
    exit 0
  fi
  sleep 0.1
done
echo "the cluster did not come up; its logs are in $folder" >&2
tail -n 5 "$folder"/*.log "$folder"/*.out >&2
exit 1
