#!/usr/bin/env bash
# Takes a notifier away that `az deployment` made, wherever something of it stands: docs/DEPLOYING.md, "Removing it".
#
#   SUBSCRIPTION=… GROUP=… NAME=… bash infra/remove.sh        # without GROUP: one subscription, a trial
#
# Every command names what is the notifier's: nothing of another team is touched. What is gone already is passed over, so
# that it can be run again, also by somebody who may do more.
set -uo pipefail

SUBSCRIPTION=${SUBSCRIPTION:?the subscription in which the notifier runs} NAME=${NAME:?its name} GROUP=${GROUP:-}
if [ -n "$GROUP" ]; then
  ABOVE=/providers/Microsoft.Management/managementGroups/$GROUP
  said() {
    az deployment mg show --management-group-id "$GROUP" --name "$NAME" --query "properties.$1.value" --output tsv ||
      az stack mg show --management-group-id "$GROUP" --name "$NAME" --query "$1.value" --output tsv
  }
else
  ABOVE=/subscriptions/$SUBSCRIPTION
  said() { az deployment sub show --subscription "$SUBSCRIPTION" --name "$NAME" --query "properties.$1.value" --output tsv; }
fi
IDENTITY=$(said outputs.identity)
IDENTITY=${IDENTITY:?no deployment of this name says. One of before has to be upgraded first}
RG=$(said outputs.resourceGroupName)
APP=$(said outputs.functionAppName) RECORDS=$(said outputs.recordsAccountName)
READER=$(said outputs.readerPrincipalId) STARTER=$(said outputs.starterPrincipalId)
OURS=/subscriptions/$SUBSCRIPTION/resourceGroups/${RG:?}
MADE=$(said parameters.createResourceGroup)

read -rp "This removes $NAME ($IDENTITY) with its state from subscription $SUBSCRIPTION. Type its name: " answer
[ "$answer" = "$NAME" ] || exit 1
az account set --subscription "$SUBSCRIPTION" || exit 1
left=0
trap 'left=$((left + 1))' ERR

az functionapp stop --resource-group "$RG" --name "$APP"
# Locks first: nothing below a lock can be deleted, a role assignment neither.
for lock in $(az lock list --resource-group "$RG" --query "[?name=='maintenance-notifier'].id" --output tsv); do
  az lock delete --ids "$lock"
done

if [ -n "$GROUP" ]; then
  # Event Grid: the policies first, or they bring back what is deleted.
  for remediation in $(az policy remediation list --management-group "$GROUP" --query "[?starts_with(name, 'mn-$IDENTITY-')].name" --output tsv); do
    az policy remediation delete --name "$remediation" --management-group "$GROUP"
  done
  for policy in health-topic health-sub sched-topic sched-sub alerts; do
    az policy assignment delete --name "mn-$IDENTITY-$policy" --scope "$ABOVE"
  done
  for policy in health-topics health-subscriptions sched-topics sched-subscriptions; do
    az policy definition delete --name "$NAME-$IDENTITY-$policy" --management-group "$GROUP"
  done
fi
# The subscription at each topic, also at those that somebody else made, wherever you can look.
for subscription in $(az account list --query '[].id' --output tsv); do
  az eventgrid system-topic list --subscription "$subscription" --query '[].[resourceGroup, name]' --output tsv |
    while read -r group topic; do
      for name in $(az eventgrid system-topic event-subscription list --subscription "$subscription" --resource-group "$group" \
        --system-topic-name "$topic" --query "[?starts_with(name, 'maintenance-notifier-$IDENTITY')].name" --output tsv); do
        az eventgrid system-topic event-subscription delete --yes --subscription "$subscription" \
          --resource-group "$group" --system-topic-name "$topic" --name "$name"
      done
    done
done
# What the optional tiers brought into each subscription.
for subscription in $(az account list --query '[].id' --output tsv); do
  for group in "rg-$NAME-events-$IDENTITY" "rg-$NAME-alerts-$IDENTITY"; do
    if [ "$(az group exists --subscription "$subscription" --name "$group")" = true ]; then
      az group delete --yes --subscription "$subscription" --name "$group"
    fi
  done
done

# The roles; an assignment has to go before its role, and all of them before their identities. `--all` is one subscription's.
for principal in $READER $STARTER $(az identity list --resource-group "$RG" --query "[?starts_with(name, 'id-$NAME-')].principalId" --output tsv); do
  for assignment in $(az role assignment list --scope "$ABOVE" --assignee "$principal" --query '[].id' --output tsv); do
    az role assignment delete --ids "$assignment"
  done
  for subscription in $(az account list --query '[].id' --output tsv); do
    for assignment in $(az role assignment list --all --subscription "$subscription" --assignee "$principal" --query '[].id' --output tsv); do
      az role assignment delete --ids "$assignment"
    done
  done
done
for role in "Planned maintenance reader" "Role assignment reader" "Planned maintenance starter" "Maintenance event topics"; do
  az role definition delete --name "$role ($NAME-$IDENTITY)" --scope "$ABOVE"
done
# Those of the resource group: Azure also lists what applies from above, which belongs to others.
for role in $(az role definition list --custom-role-only true --scope "$OURS" --query "[?assignableScopes[0]=='$OURS' && length(assignableScopes)==\`1\`].name" --output tsv); do
  az role definition delete --name "$role" --scope "$OURS"
done

# With an Azure Monitor private link scope: the link stands in somebody else's resource group.
if [ -n "${SCOPE:-}" ]; then
  for link in $(az monitor private-link-scope scoped-resource list --resource-group "${LINKS:?the group of SCOPE}" --scope-name "$SCOPE" --query "[?starts_with(name, '$NAME-') && contains(linkedResourceId, '/resourceGroups/$RG/')].name" --output tsv); do
    az monitor private-link-scope scoped-resource delete --resource-group "$LINKS" --scope-name "$SCOPE" --name "$link" --yes
  done
fi
# The container of the audit trail's head holds the account back while it is immutable and not empty.
ETAG=$(az storage container immutability-policy show --account-name "$RECORDS" --container-name audit-head --query etag --output tsv)
if [ -n "$ETAG" ]; then
  az storage container immutability-policy delete --account-name "$RECORDS" --container-name audit-head --if-match "$ETAG"
fi
if [ "$MADE" = false ]; then
  echo "The resource group $RG was there before. Delete what is the notifier's in it: az resource list --resource-group $RG" >&2
else
  az group delete --yes --name "$RG"
fi
if [ "$left" -gt 0 ]; then
  echo "$left commands failed: what was gone already, and what you may not delete. Run it again to see the latter alone." >&2
  exit 1
fi
