namespace LiveCommerce.StripeSandbox.Api;

/// <summary>Counts requests by the second: all together and by operation.</summary>
internal sealed class RequestLimit(StripeSandboxOptions options, TimeProvider time)
{
    private readonly Lock _gate = new();
    private readonly Dictionary<string, int> _byOperation = new(StringComparer.Ordinal);
    private long _second;
    private int _all;

    /// <summary>Null, or which limit was hit.</summary>
    public string? Hit(string operation)
    {
        lock (_gate)
        {
            var second = time.GetUtcNow().ToUnixTimeSeconds();
            if (second != _second)
            {
                _second = second;
                _all = 0;
                _byOperation.Clear();
            }

            var count = _byOperation.GetValueOrDefault(operation);
            if (options.RequestsPerSecondMax > 0 && _all >= options.RequestsPerSecondMax) { return "global-rate"; }
            if (options.OperationRequestsPerSecondMax > 0 && count >= options.OperationRequestsPerSecondMax) { return "endpoint-rate"; }
            _all++;
            _byOperation[operation] = count + 1;
            return null;
        }
    }
}
