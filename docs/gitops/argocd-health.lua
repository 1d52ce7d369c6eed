-- rise.dev/* (Project, Team), by what kstatus reads: generation, Stalled, Reconciling, Ready.
-- Argo CD runs this as Lua 5.1 without the libraries io, math and string.
local status = obj.status or {}
local conditions = {}
for _, condition in ipairs(status.conditions or {}) do
  conditions[condition.type] = condition
end

local function health(code, condition)
  return { status = code, message = (condition.reason or "") .. ": " .. (condition.message or "") }
end

if status.observedGeneration ~= obj.metadata.generation then
  local generation = tostring(obj.metadata.generation)
  return {
    status = "Progressing",
    message = "Waiting for the operator to observe generation " .. generation,
  }
end

local stalled, reconciling, ready = conditions.Stalled, conditions.Reconciling, conditions.Ready
if stalled and stalled.status == "True" then
  return health("Degraded", stalled)
end
if reconciling and reconciling.status == "True" then
  return health("Progressing", reconciling)
end
if ready and ready.status == "True" then
  return health("Healthy", ready)
end
if ready and ready.reason == "Suspended" then
  return health("Suspended", ready)
end
if ready then
  return health("Progressing", ready)
end
return { status = "Progressing", message = "Waiting for the operator" }
