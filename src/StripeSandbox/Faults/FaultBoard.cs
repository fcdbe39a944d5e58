namespace LiveCommerce.StripeSandbox.Faults;

/// <summary>The faults that are armed now. Each is used up by the calls or events it fits.</summary>
internal sealed class FaultBoard
{
    /// <summary>Faults that may be armed at a time.</summary>
    public const int ArmedMax = 100;

    private readonly Lock _gate = new();
    private readonly List<ArmedApiFault> _api = [];
    private readonly List<ArmedWebhookFault> _webhooks = [];

    /// <summary>Adds faults behind those that wait already. False, and nothing added, when there would be too many.</summary>
    public bool Arm(StripeSandboxFaults faults)
    {
        lock (_gate)
        {
            if (_api.Count + _webhooks.Count + faults.Api.Count + faults.Webhooks.Count > ArmedMax) { return false; }
            _api.AddRange(faults.Api);
            _webhooks.AddRange(faults.Webhooks);
            return true;
        }
    }

    /// <summary>Disarms everything.</summary>
    public void Clear()
    {
        lock (_gate)
        {
            _api.Clear();
            _webhooks.Clear();
        }
    }

    /// <summary>What is armed.</summary>
    public StripeSandboxFaults Armed()
    {
        lock (_gate) { return new StripeSandboxFaults { Api = [.. _api], Webhooks = [.. _webhooks] }; }
    }

    /// <summary>The fault of this call, if one waits for it.</summary>
    public ApiFault? TakeApi(string operation)
    {
        lock (_gate)
        {
            var index = _api.FindIndex(armed => armed.Operation is null || armed.Operation == operation);
            if (index < 0) { return null; }
            var taken = _api[index];
            if (taken.Times > 1) { _api[index] = taken with { Times = taken.Times - 1 }; } else { _api.RemoveAt(index); }
            return taken.Fault;
        }
    }

    /// <summary>The fault of this event, if one waits for it.</summary>
    public ArmedWebhookFault? TakeWebhook(string eventType)
    {
        lock (_gate)
        {
            var index = _webhooks.FindIndex(armed => armed.EventType is null || armed.EventType == eventType);
            if (index < 0) { return null; }
            var taken = _webhooks[index];
            if (taken.Times > 1) { _webhooks[index] = taken with { Times = taken.Times - 1 }; } else { _webhooks.RemoveAt(index); }
            return taken;
        }
    }
}
