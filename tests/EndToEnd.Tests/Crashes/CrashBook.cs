using System.Collections.Concurrent;
using LiveCommerce.Contracts.Gifts;
using LiveCommerce.EndToEnd.Tests.Wire;

namespace LiveCommerce.EndToEnd.Tests.Crashes;

/// <summary>What was sent and what was answered, kept by those who were answered.</summary>
internal sealed class CrashBook
{
    private readonly Lock _lock = new();
    private readonly List<Guid> _acknowledged = [];
    private readonly ConcurrentDictionary<Guid, (long Coins, long Balance)> _receipts = new();
    private readonly ConcurrentDictionary<Guid, bool> _refused = new();
    private int _wanted = int.MaxValue;
    private TaskCompletionSource _reached = new();

    public ConcurrentDictionary<Guid, ApiClient> Sent { get; } = new();

    /// <summary>An answer that should not have come.</summary>
    public string? Problem { get; set; }

    /// <summary>Gifts that had no answer when their round's fault was over.</summary>
    public int LeftOpen { get; private set; }

    public IReadOnlyCollection<Guid> Refused => [.. _refused.Keys];

    /// <summary>In the order of the answers.</summary>
    public IReadOnlyList<Guid> Acknowledged
    {
        get
        {
            lock (_lock) { return [.. _acknowledged]; }
        }
    }

    public (long Coins, long Balance) ReceiptOf(Guid key) => _receipts[key];

    /// <summary>Sent and not answered.</summary>
    public IReadOnlyList<(Guid Key, ApiClient Sender)> TakeOpen()
    {
        var open = Sent.Where(one => !_receipts.ContainsKey(one.Key) && !_refused.ContainsKey(one.Key)).Select(one => (one.Key, one.Value)).ToList();
        LeftOpen += open.Count;
        return open;
    }

    public Task AnswersReach(int count)
    {
        lock (_lock)
        {
            _wanted = count;
            _reached = new TaskCompletionSource(TaskCreationOptions.RunContinuationsAsynchronously);
            return _reached.Task;
        }
    }

    public void Acknowledge(GiftReceipt receipt, Guid key)
    {
        Assert.Equal(key, receipt.Key);
        Assert.True(_receipts.TryAdd(key, (receipt.Coins, receipt.Balance)));
        lock (_lock)
        {
            _acknowledged.Add(key);
            if (_acknowledged.Count == _wanted) { _reached.TrySetResult(); }
        }
    }

    public void Refuse(Guid key) => _refused[key] = true;
}
