#!/usr/bin/env bash
# Takes away what had the names of before: those did not carry the deployment's identity. After an upgrade, once:
# docs/DEPLOYING.md, "Upgrade, and the way back".
#
#   GROUP=… NAME=… bash infra/from-before.sh
#
# It touches what had exactly those names, and can be run again.
set -uo pipefail

GROUP=${GROUP:?the management group} NAME=${NAME:?the name of the notifier}
ABOVE=/providers/Microsoft.Management/managementGroups/$GROUP
identity() {
  az deployment mg show --management-group-id "$GROUP" --name "$NAME" --query properties.outputs.identity.value --output tsv ||
    az stack mg show --management-group-id "$GROUP" --name "$NAME" --query outputs.identity.value --output tsv
}
IDENTITY=$(identity)
: "${IDENTITY:?deploy the present version first: nothing would watch in the meantime}"

for policy in mn-topic-health mn-topic-scheduled mn-subscribe-health mn-subscribe-scheduled; do
  principal=$(az policy assignment show --name "$policy" --scope "$ABOVE" --query identity.principalId --output tsv)
  if [ -n "$principal" ]; then az role assignment delete --scope "$ABOVE" --assignee "$principal"; fi
  az policy assignment delete --name "$policy" --scope "$ABOVE"
done
for policy in health-topics health-subscriptions scheduled-topics scheduled-subscriptions; do
  az policy definition delete --name "$NAME-$policy" --management-group "$GROUP"
done
for role in "Planned maintenance reader" "Role assignment reader" "Planned maintenance starter" "Maintenance event topics"; do
  for assignment in $(az role assignment list --scope "$ABOVE" --role "$role ($NAME)" --query "[?scope=='$ABOVE'].id" --output tsv); do
    az role assignment delete --ids "$assignment"
  done
  for subscription in $(az account list --query '[].id' --output tsv); do
    for assignment in $(az role assignment list --all --subscription "$subscription" --role "$role ($NAME)" --query '[].id' --output tsv); do
      az role assignment delete --ids "$assignment"
    done
  done
  az role definition delete --name "$role ($NAME)" --scope "$ABOVE"
done
# The subscription of before at each topic.
for subscription in $(az account list --query '[].id' --output tsv); do
  az eventgrid system-topic list --subscription "$subscription" --query '[].[resourceGroup, name]' --output tsv |
    while read -r group topic; do
      az eventgrid system-topic event-subscription delete --yes --subscription "$subscription" \
        --resource-group "$group" --system-topic-name "$topic" --name maintenance-notifier
    done
done
echo "In each watched subscription the old rule is in rg-$NAME-alerts: delete that group. Topics of before are in rg-$NAME-events: keep it while a topic in it is the subscription's only one." >&2
