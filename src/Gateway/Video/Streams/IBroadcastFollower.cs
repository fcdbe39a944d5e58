namespace LiveCommerce.Gateway.Video.Streams;

/// <summary>Is told of every broadcast of this gateway as it begins, before its first media.</summary>
internal interface IBroadcastFollower
{
    /// <summary>A broadcast begins. Must not wait.</summary>
    void Began(Broadcast broadcast);
}
