using System.Diagnostics.CodeAnalysis;
using System.Reflection;
using LiveCommerce.Actors;
using LiveCommerce.Actors.Links;
using LiveCommerce.Contracts;
using LiveCommerce.Contracts.Moderation;
using LiveCommerce.Contracts.Recordings;
using LiveCommerce.Contracts.Rooms;
using LiveCommerce.Silo.Recordings;

namespace LiveCommerce.Silo.Tests.Recordings;

/// <summary>While versions are rolled, a room may be at a process that knows no guests of a room that is open.</summary>
public sealed class OlderRoomTests
{
    [Fact]
    public async Task RecordingForGuestsOfARoomAtAnOlderProcess_CannotBeSaidToBeAnybodys_AndIsNotSaidToBeGone()
    {
        foreach (var phase in (RecordingState[])[RecordingState.Recording, RecordingState.Ready])
        {
            var row = new RecordingRow { RecordingId = "recording", RoomId = "room", OwnerId = "owner", State = (long)phase, Audience = 1 };

            var refusal = await RecordingAccess.RefuseAsync(new OlderProcess(), row, caller: null);

            Assert.Equal(RefusalCode.Unavailable, refusal!.Code);
            Assert.InRange(refusal.RetryAfterMs!.Value, 1, int.MaxValue);
        }
    }

    private sealed class OlderProcess : IGrainFactory
    {
        public TGrain GetGrain<TGrain>(string key)
            where TGrain : class, IGrainWithStringKey
            => DispatchProxy.Create<TGrain, OlderGrain>();

        public TObserver CreateObjectReference<TObserver>(TObserver observer)
            where TObserver : class, IGrainObserver
            => throw new NotSupportedException();
    }

    /// <summary>Knows what there was before recordings had an audience.</summary>
    [SuppressMessage("Performance", "CA1852", Justification = "The proxy is made of it.")]
    private class OlderGrain : DispatchProxy
    {
        protected override object? Invoke(MethodInfo? targetMethod, object?[]? args) => targetMethod!.Name switch
        {
            nameof(IPlatformGrain.IsBanned) => new ValueTask<bool>(false),
            nameof(IRoomGrain.GetGuestStanding) => throw new UnknownGrainMethodException("An older process has no such method."),
            _ => throw new NotSupportedException(targetMethod.Name),
        };
    }
}
