using LiveCommerce.Contracts.Accounts;
using LiveCommerce.Contracts.Rooms;
using LiveCommerce.Silo.Rooms;

namespace LiveCommerce.Silo.Tests.Rooms;

public sealed class RoomChatTests
{
    /// <summary>A client repeats a call that was not answered after 15 s; a hot room takes 2,000 messages in each of them.</summary>
    [Fact]
    public void RetryInAHotRoom_IsAnsweredLikeTheFirst_AfterALostAnswer()
    {
        var chat = new RoomChat();
        var first = Add(chat);
        for (var i = 0; i < 15 * 2_000; i++) { Add(chat); }

        Assert.Equal(first.Receipt, chat.Recall(first.Key, "ana", "hello")!.Value);
    }

    [Fact]
    public void KeysAreForgotten_TheOldestFirst()
    {
        var chat = new RoomChat();
        var first = Add(chat);
        var second = Add(chat);
        for (var i = 1; i < RoomChat.KeysMax; i++) { Add(chat); }

        Assert.Null(chat.Recall(first.Key, "ana", "hello"));
        Assert.NotNull(chat.Recall(second.Key, "ana", "hello"));
    }

    private static (Guid Key, ChatReceipt Receipt) Add(RoomChat chat)
    {
        var said = new ChatSaid(Guid.NewGuid(), Guid.NewGuid().ToString("N"), new Person("ana", "Ana"), RoomBadge.Viewer, "hello");
        var receipt = new ChatReceipt(said.MessageId, new RoomPosition(1, 1), Shown: false);
        chat.Add(said, receipt);
        return (said.Key, receipt);
    }
}
