namespace LiveCommerce.Actors.Runtime;

/// <summary>
/// Carries a call to the activation that decides, wherever it is. References know nothing else: this is the seam at which
/// other processes are added. In one process it is <see cref="ActivationDirectory"/>.
/// </summary>
/// <remarks>
/// A link between processes must keep what the one in this process gives:
/// <list type="bullet">
/// <item>It never blocks and never throws: every failure is an answer (<see cref="GrainCall.Fail"/>), and every call gets exactly
/// one answer: the result, the grain's exception, <see cref="GrainBusyException"/>, <see cref="GrainUnavailableException"/>, or a
/// <see cref="TimeoutException"/> after the call timeout, which the link itself must keep (the other side may be gone).</item>
/// <item>On the wire a request is grain type, key, <see cref="GrainMethod.Name"/> and the arguments; the other side finds the method
/// by <see cref="GrainInterface.Find"/>, makes a call from it and sends that to its own directory.</item>
/// <item>Arguments and results are immutable contracts: here they pass by reference, there as System.Text.Json. An exception
/// crosses as type name and message. An observer crosses as an address of the process that holds it.</item>
/// <item>Calls from one caller to one grain arrive in the order they were sent. A one-way call is done when it is handed to the
/// link; if it cannot be delivered that is logged.</item>
/// <item>What is queued to a process is bounded; beyond it the answer is <see cref="GrainBusyException"/>.</item>
/// <item>A call whose connection broke after it was sent has an unknown outcome and is not sent again by the link: the caller
/// retries with its idempotency key.</item>
/// </list>
/// </remarks>
internal interface IGrainLink
{
    /// <summary>Takes the call and returns at once.</summary>
    void Send(GrainCall call);
}
