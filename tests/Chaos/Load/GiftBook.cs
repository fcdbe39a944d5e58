using System.Collections.Concurrent;
using LiveCommerce.Contracts.Gifts;

namespace LiveCommerce.Chaos.Load;

/// <summary>A gift as its sender knows it.</summary>
/// <param name="Began">Since the run began.</param>
internal sealed record SentGift(Guid Key, Person Sender, TimeSpan Began)
{
    /// <summary>When the answer came; null: not yet.</summary>
    public TimeSpan? Answered { get; set; }

    public GiftReceipt? Receipt { get; set; }

    /// <summary>How often it was sent.</summary>
    public int Tries { get; set; }
}

/// <summary>What was sent and what was answered, kept by those who were answered: in another process than the ledger's.</summary>
internal sealed class GiftBook(TimeProvider time)
{
    private readonly long _began = time.GetTimestamp();
    private readonly ConcurrentDictionary<Guid, SentGift> _gifts = new();
    private readonly ConcurrentQueue<string> _problems = new();
    private int _chats;

    /// <summary>Since the run began.</summary>
    public TimeSpan Now => time.GetElapsedTime(_began);

    public IReadOnlyCollection<SentGift> Gifts => [.. _gifts.Values];

    public int Acknowledged => _gifts.Values.Count(gift => gift.Receipt is not null);

    /// <summary>Answers that should not have come.</summary>
    public IReadOnlyCollection<string> Problems => [.. _problems];

    /// <summary>Messages whose senders have a receipt.</summary>
    public int Chats => _chats;

    public SentGift Send(Person sender)
    {
        var gift = new SentGift(Guid.CreateVersion7(), sender, Now);
        return _gifts[gift.Key] = gift;
    }

    public void Acknowledge(SentGift gift, GiftReceipt receipt)
    {
        if (receipt.Key != gift.Key) { Blame($"The receipt of {gift.Key} names {receipt.Key}."); }
        (gift.Receipt, gift.Answered) = (receipt, Now);
    }

    public void Said() => Interlocked.Increment(ref _chats);

    public void Blame(string problem) => _problems.Enqueue(problem);

    /// <summary>When the first gift was answered that was sent after a moment; null: none yet.</summary>
    public TimeSpan? FirstAnswerAfter(TimeSpan moment) =>
        _gifts.Values.Where(gift => gift.Began >= moment && gift.Answered is not null).Min(gift => gift.Answered);

    /// <summary>The longest that an answer took among gifts under way in a stretch of time.</summary>
    public TimeSpan LongestAnswer(TimeSpan from, TimeSpan to) => _gifts.Values
        .Where(gift => gift.Began <= to && (gift.Answered ?? to) >= from)
        .Select(gift => (gift.Answered ?? to) - gift.Began).DefaultIfEmpty().Max();
}
