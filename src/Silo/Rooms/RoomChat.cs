using LiveCommerce.Contracts;
using LiveCommerce.Contracts.Accounts;
using LiveCommerce.Contracts.Rooms;

namespace LiveCommerce.Silo.Rooms;

/// <summary>The messages that a room has in memory, and the answers to the latest keys.</summary>
internal sealed class RoomChat
{
    /// <summary>Messages in memory: what a moderator is likely to act on. Older ones are looked up in the journal.</summary>
    public const int MessagesMax = 256;

    /// <summary>Keys whose first answer is remembered: those of a hot room for longer than a client waits before it repeats a call.</summary>
    public const int KeysMax = 32 * 1024;

    private readonly LinkedList<ChatSaid> _messages = [];
    private readonly Queue<Person> _leftOut = new();
    private readonly Dictionary<Guid, Answer> _answers = [];
    private readonly Queue<Guid> _keys = new();

    /// <summary>The newest messages, oldest first, as a snapshot shows them.</summary>
    public IReadOnlyList<ChatSaid> Latest =>
        [.. _messages.Skip(Math.Max(0, _messages.Count - RoomLimits.SnapshotMessagesMax))];

    /// <summary>Keeps a message, if it is shown, and the answer to its key.</summary>
    public void Add(ChatSaid said, ChatReceipt receipt)
    {
        if (receipt.Shown) { _messages.AddLast(said); }
        else { _leftOut.Enqueue(said.Sender); }
        if (_leftOut.Count > MessagesMax) { _leftOut.Dequeue(); }
        if (_messages.Count > MessagesMax) { _messages.RemoveFirst(); }

        if (!_answers.TryAdd(said.Key, new Answer(said.Sender.Id, said.Text, receipt))) { return; }
        _keys.Enqueue(said.Key);
        if (_keys.Count > KeysMax) { _answers.Remove(_keys.Dequeue()); }
    }

    /// <summary>The first answer to this key; null when it is new. The same key for something else is refused.</summary>
    public Result<ChatReceipt>? Recall(Guid key, string senderId, string text)
    {
        if (!_answers.TryGetValue(key, out var answer)) { return null; }

        return answer.SenderId == senderId && answer.Text == text
            ? answer.Receipt
            : new Refusal(RefusalCode.KeyReused, "This key belongs to another message. Send yours with a new key.");
    }

    /// <summary>A message in memory.</summary>
    public ChatSaid? Find(string messageId) => _messages.FirstOrDefault(said => said.MessageId == messageId);

    /// <summary>Takes a message out of memory.</summary>
    public void Remove(string messageId)
    {
        if (Find(messageId) is { } said) { _messages.Remove(said); }
    }

    /// <summary>Takes all messages out of memory; the answers to their keys stay.</summary>
    public void Clear() => _messages.Clear();

    /// <summary>Takes all messages of an account out of memory.</summary>
    public void RemoveOf(string accountId)
    {
        for (var node = _messages.First; node is not null;)
        {
            var next = node.Next;
            if (node.Value.Sender.Id == accountId) { _messages.Remove(node); }
            node = next;
        }
    }

    /// <summary>The name of an account that has spoken lately, whether that was shown or left out.</summary>
    public Person? FindSender(string accountId) =>
        _messages.LastOrDefault(said => said.Sender.Id == accountId)?.Sender ?? _leftOut.LastOrDefault(sender => sender.Id == accountId);

    private readonly record struct Answer(string SenderId, string Text, ChatReceipt Receipt);
}
