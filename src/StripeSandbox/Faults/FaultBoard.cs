namespace LiveCommerce.StripeSandbox.Faults;

/// <summary>The faults that are armed now. Each is used up by the calls or events it fits.</summary>
internal sealed class FaultBoard
{
    /// <summary>Faults that may be armed at a time.</summary>
    public const int ArmedMax = 100;

    private readonly Lock _gate = new();
    private readonly List<ArmedApiFault> _api = [];
    private readonly List<ArmedWebhookFault> _webhooks = [];
    private readonly Dictionary<ApiFault, long> _apiInjected = [];
    private readonly Dictionary<WebhookFault, long> _webhooksInjected = [];
    private SoakDraw? _soak;
    private long _requests;
    private long _events;

    /// <summary>Adds faults behind those that wait already. False, and nothing added, when there would be too many.</summary>
    public bool Arm(StripeSandboxFaults faults)
    {
        lock (_gate)
        {
            if (_api.Count + _webhooks.Count + faults.Api.Count + faults.Webhooks.Count > ArmedMax) { return false; }
            _api.AddRange(faults.Api);
            _webhooks.AddRange(faults.Webhooks);
            if (faults.Seeded is { } soak) { _soak = new SoakDraw(soak); }
            return true;
        }
    }

    /// <summary>What was met since the start.</summary>
    public FaultCounts Counts()
    {
        lock (_gate)
        {
            return new FaultCounts(
                _requests, _events, new Dictionary<ApiFault, long>(_apiInjected), new Dictionary<WebhookFault, long>(_webhooksInjected));
        }
    }

    /// <summary>Disarms everything.</summary>
    public void Clear()
    {
        lock (_gate)
        {
            _api.Clear();
            _webhooks.Clear();
            _soak = null;
        }
    }

    /// <summary>What is armed.</summary>
    public StripeSandboxFaults Armed()
    {
        lock (_gate) { return new StripeSandboxFaults { Api = [.. _api], Webhooks = [.. _webhooks], Seeded = _soak?.Faults }; }
    }

    /// <summary>The fault of this call, if one waits for it or is drawn.</summary>
    /// <param name="withKey">Whether it changes something under an idempotency key.</param>
    public ApiFault? TakeApi(string operation, bool withKey)
    {
        lock (_gate)
        {
            _requests++;
            var taken = TakeArmedApi(operation, withKey) ?? _soak?.Api(operation, withKey);
            if (taken is { } fault) { _apiInjected[fault] = _apiInjected.GetValueOrDefault(fault) + 1; }
            return taken;
        }
    }

    /// <summary>The fault of this event, if one waits for it or is drawn.</summary>
    public ArmedWebhookFault? TakeWebhook(string eventType)
    {
        lock (_gate)
        {
            _events++;
            var taken = TakeArmedWebhook(eventType) ?? _soak?.Webhook(eventType);
            if (taken is not null) { _webhooksInjected[taken.Fault] = _webhooksInjected.GetValueOrDefault(taken.Fault) + 1; }
            return taken;
        }
    }

    private ApiFault? TakeArmedApi(string operation, bool withKey)
    {
        var index = _api.FindIndex(armed =>
            (armed.Operation is null || armed.Operation == operation) && (withKey || armed.Fault != ApiFault.KeyInUse));
        if (index < 0) { return null; }
        var taken = _api[index];
        if (taken.Times > 1) { _api[index] = taken with { Times = taken.Times - 1 }; } else { _api.RemoveAt(index); }
        return taken.Fault;
    }

    private ArmedWebhookFault? TakeArmedWebhook(string eventType)
    {
        var index = _webhooks.FindIndex(armed => armed.EventType is null || armed.EventType == eventType);
        if (index < 0) { return null; }
        var taken = _webhooks[index];
        if (taken.Times > 1) { _webhooks[index] = taken with { Times = taken.Times - 1 }; } else { _webhooks.RemoveAt(index); }
        return taken;
    }
}
